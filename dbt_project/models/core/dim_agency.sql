-- Agencies in force on the last day of the report period.
with agencies as (
    select
        agency_code,
        agency_name,
        agency_type,
        region_code,
        row_number() over (
            partition by agency_code
            order by valid_from desc, agency_name asc
        ) as version_rank
    from {{ ref('stg_agency') }}
    where
        valid_from <= {{ period_last_day() }}
        and (valid_to is null or valid_to >= {{ period_last_day() }})
),

regions as (
    select * from {{ ref('stg_region') }}
)

select
    {{ period_first_day() }} as period,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_type,
    agencies.region_code,
    regions.province_code,
    regions.is_remote as is_remote_region
from agencies
left join regions on agencies.region_code = regions.region_code
where agencies.version_rank = 1
