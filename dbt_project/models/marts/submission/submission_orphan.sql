with

orphan_row as (
    select * from {{ ref('int_orphan__rows') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

reason as (
    select * from {{ ref('code_orphan_reason') }}
)

select
    orphan_row.period,
    orphan_row.agency_code,
    agency.agency_name,
    orphan_row.dataset,
    orphan_row.reason,
    reason.label_id as reason_name_id,
    reason.label_en as reason_name_en,
    reason.is_left_out,
    cast(orphan_row.rows as {{ dbt.type_bigint() }}) as rows,
    cast(orphan_row.persons as {{ dbt.type_bigint() }}) as persons
from orphan_row
inner join agency on orphan_row.agency_code = agency.agency_code
inner join reason on orphan_row.reason = reason.code
