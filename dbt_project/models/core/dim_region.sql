-- Regions of work, with the province that each belongs to.
with regions as (
    select * from {{ ref('stg_region') }}
)

select
    regions.region_code,
    regions.region_name,
    regions.province_code,
    regions.is_remote
from regions
