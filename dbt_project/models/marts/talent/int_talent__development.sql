{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

learning as (
    select * from {{ ref('fct_learning') }}
),

submission as (
    select * from {{ ref('int_submission__counting') }} where dataset = 'peserta_pelatihan'
),

parameter as (
    select
        {{ rule_value('talent', 'development_full_hours') }} as full_hours,
        {{ rule_value('talent', 'development_window_months') }} as window_months
),

reporting_agency as (
    select submission.agency_code
    from submission
    cross join parameter
    where
        submission.source_period <= {{ period_first_day() }}
        and {{ dbt.datediff('submission.source_period', period_first_day(), 'month') }}
        < parameter.window_months
    group by submission.agency_code
),

person_hours as (
    select
        learning.person_key,
        {{ exact_sum('coalesce(learning.hours, 0)') }} as hours
    from learning
    cross join parameter
    where
        learning.is_completed
        and not learning.is_orphan_program
        and not learning.is_duplicate_certificate
        and learning.completed_on <= {{ period_last_day() }}
        and {{ dbt.datediff('learning.completed_on', period_first_day(), 'month') }}
        < parameter.window_months
    group by learning.person_key
)

-- People whose agency said nothing about learning are left out: unknown, not zero.
select
    person.agency_code,
    person.person_key,
    coalesce(person_hours.hours, 0) as hours,
    least(100, 100 * coalesce(person_hours.hours, 0) / parameter.full_hours) as development_score
from person
cross join parameter
left join reporting_agency on person.agency_code = reporting_agency.agency_code
left join person_hours on person.person_key = person_hours.person_key
where reporting_agency.agency_code is not null or person_hours.person_key is not null
