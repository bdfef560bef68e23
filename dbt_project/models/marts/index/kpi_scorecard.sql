with

target as (
    select rule_parameter.* from {{ ref('rule_parameter') }} as rule_parameter
    where rule_parameter.rule_set = 'kpi_target' and {{ in_force('rule_parameter') }}
),

agency as (
    select
        agency_code,
        agency_name
    from {{ ref('dim_agency') }}
    union all
    select
        cast(null as {{ dbt.type_string() }}) as agency_code,
        cast(null as {{ dbt.type_string() }}) as agency_name
),

measured as (
    select
        agency_code,
        indicator,
        cases,
        baseline,
        actual
    from {{ ref('int_kpi__training') }}
    union all
    select
        agency_code,
        'job_satisfaction' as indicator,
        respondents as cases,
        score_last_year as baseline,
        score as actual
    from {{ ref('job_satisfaction') }}
    union all
    select
        agency_code,
        'service_satisfaction' as indicator,
        respondents as cases,
        ikm_last_year as baseline,
        ikm as actual
    from {{ ref('service_satisfaction') }}
    where service_code is null
),

-- Every agency and the nation has a row for every indicator, measured or not.
compared as (
    select
        agency.agency_code,
        agency.agency_name,
        target.name as indicator,
        target.unit,
        target.value as target,
        coalesce(measured.cases, 0) as cases,
        measured.actual,
        measured.baseline,
        case target.unit
            when 'points' then measured.actual - measured.baseline
            else (measured.actual - measured.baseline) / nullif(measured.baseline, 0)
        end as change
    from agency
    cross join target
    left join measured
        on
            agency.agency_code is not distinct from measured.agency_code
            and target.name = measured.indicator
)

select
    {{ period_first_day() }} as period,
    compared.agency_code,
    compared.agency_name,
    compared.indicator,
    (compared.agency_code is null) as is_total,
    compared.unit,
    compared.cases,
    compared.actual,
    compared.baseline,
    compared.change,
    compared.target,
    ({{ round_half_up('compared.change', 9) }} >= compared.target) as met
from compared
