{{ config(schema='core', materialized='table', contract={'enforced': false}, tags=['talent']) }}

with

appraisal as (
    select * from {{ ref('fct_performance') }}
    where period_type = 'TAHUNAN' and ended_on <= {{ period_end() }}
),

parameter_row as (
    select * from {{ ref('rule_parameter') }} where {{ rule_in_force() }}
),

parameter as (
    select max(case when name = 'talent_performance_max_age_months' then value end) as max_age_months
    from parameter_row
),

ranked as (
    select
        appraisal.person_key,
        appraisal.year,
        appraisal.performance_score,
        row_number() over (
            partition by appraisal.person_key
            order by appraisal.year desc, appraisal.agency_code asc
        ) as recency
    from appraisal
    cross join parameter
    where
        appraisal.performance_score is not null
        and {{ dbt.datediff('appraisal.ended_on', period_end(), 'month') }}
        <= parameter.max_age_months
)

select
    person_key,
    year as performance_year,
    performance_score
from ranked
where recency = 1
