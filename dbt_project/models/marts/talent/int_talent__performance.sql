{{ config(schema='core') }}

with

appraisal as (
    select * from {{ ref('fct_performance') }}
    where period_type = 'TAHUNAN' and ended_on <= {{ period_last_day() }}
),

parameter as (
    select {{ rule_value('talent', 'performance_max_age_months') }} as max_age_months
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
        and {{ dbt.datediff('appraisal.ended_on', period_last_day(), 'month') }}
        <= parameter.max_age_months
)

select
    person_key,
    year as performance_year,
    performance_score
from ranked
where recency = 1
