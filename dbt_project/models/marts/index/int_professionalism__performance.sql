{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'ip_performance' and {{ in_force('rule_score') }}
),

parameter as (
    select {{ rule_integer('ip_asn', 'performance_max_age_months') }} as max_age_months
),

reporting_agency as (
    select counting.agency_code
    from {{ ref('int_submission__counting') }} as counting
    cross join parameter
    where
        counting.dataset = 'kinerja'
        and counting.source_period
        > {{ add_months(period_first_day(), '-parameter.max_age_months') }}
    group by counting.agency_code
),

ranked as (
    select
        appraisal.person_key,
        appraisal.quadrant,
        row_number() over (
            partition by appraisal.person_key
            order by appraisal.year desc, appraisal.agency_code asc
        ) as recency
    from {{ ref('fct_performance') }} as appraisal
    cross join parameter
    where
        appraisal.period_type = 'TAHUNAN'
        and appraisal.quadrant is not null
        and appraisal.ended_on <= {{ period_last_day() }}
        and {{ add_months('appraisal.ended_on', 'parameter.max_age_months') }} >= {{ period_last_day() }}
),

latest as (
    select * from ranked where recency = 1
)

-- Without an appraisal the points are 0 where the agency sends appraisals, unknown where not.
select
    person.agency_code,
    person.person_key,
    coalesce(scored.score, missing.score) as performance_points
from person
left join latest on person.person_key = latest.person_key
left join score_row as scored
    on cast(latest.quadrant as {{ dbt.type_string() }}) = scored.code
left join score_row as missing on missing.code = 'NONE'
left join reporting_agency on person.agency_code = reporting_agency.agency_code
where reporting_agency.agency_code is not null or latest.person_key is not null
