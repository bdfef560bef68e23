-- Regions, and which of them are remote.
with source as (
    select * from {{ source('reference', 'wilayah') }}
)

select
    source.kode_wilayah as region_code,
    source.nama as region_name,
    source.kode_provinsi as province_code,
    source.terpencil = 'Y' as is_remote
from source
