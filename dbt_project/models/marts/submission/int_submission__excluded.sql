{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }}
)

select
    agency_code,
    'pegawai' as dataset,
    {{ count_where('is_counted') }} as people_counted,
    {{ count_where("not is_counted and exclusion_reason = 'inactive'") }} as excluded_inactive,
    {{ count_where("not is_counted and exclusion_reason = 'duplicate_person'") }}
        as excluded_duplicate_person,
    {{ count_where(
        "not is_counted and exclusion_reason not in ('inactive', 'duplicate_person')"
    ) }} as excluded_other
from person
group by agency_code
