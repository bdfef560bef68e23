with strategic as (
    select * from {{ ref('int_talent__strategic') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

parameter as (
    select
        {{ rule_value('succession', 'ready_soon_weight') }} as ready_soon_weight,
        {{ rule_integer('succession', 'covered_from') }} as covered_from
),

successor as (
    select
        agency_code,
        position_code,
        unit_code,
        count(*) as candidates,
        {{ count_where("readiness = 'now'") }} as ready_now,
        {{ count_where("readiness = 'soon'") }} as ready_soon,
        bool_or(is_carried_forward) as is_carried_forward
    from {{ ref('int_talent__successor') }}
    group by agency_code, position_code, unit_code
),

measured as (
    select
        strategic.agency_code,
        agency.agency_name,
        strategic.position_code,
        strategic.unit_code,
        strategic.position_name,
        strategic.position_level,
        strategic.job_family,
        strategic.needed,
        strategic.incumbents,
        strategic.retires_within_months,
        coalesce(successor.candidates, 0) as candidates,
        coalesce(successor.ready_now, 0) as ready_now,
        coalesce(successor.ready_soon, 0) as ready_soon,
        strategic.is_default_standard,
        strategic.is_carried_forward or coalesce(successor.is_carried_forward, false)
            as is_carried_forward
    from strategic
    inner join agency on strategic.agency_code = agency.agency_code
    left join successor
        on
            strategic.agency_code = successor.agency_code
            and strategic.position_code = successor.position_code
            and strategic.unit_code = successor.unit_code
)

select
    {{ period_first_day() }} as period,
    measured.agency_code,
    measured.agency_name,
    measured.position_code,
    measured.unit_code,
    measured.position_name,
    measured.position_level,
    measured.job_family,
    cast(measured.needed as {{ dbt.type_bigint() }}) as needed,
    cast(measured.incumbents as {{ dbt.type_bigint() }}) as incumbents,
    measured.retires_within_months as incumbent_retires_within_months,
    cast(measured.candidates as {{ dbt.type_bigint() }}) as candidates,
    cast(measured.ready_now as {{ dbt.type_bigint() }}) as ready_now,
    cast(measured.ready_soon as {{ dbt.type_bigint() }}) as ready_soon,
    measured.ready_now + parameter.ready_soon_weight * measured.ready_soon as bench_strength,
    case
        when measured.incumbents = 0 and measured.needed > 0 then 'vacant'
        when measured.ready_now + measured.ready_soon = 0 then 'no_successor'
        when measured.ready_now < parameter.covered_from then 'thin'
        else 'covered'
    end as risk,
    measured.is_default_standard,
    measured.is_carried_forward
from measured
cross join parameter
