{{ config(schema='core') }}

{% set form_groups = [
    'classical', 'e_learning', 'on_the_job', 'mentoring_coaching', 'community',
    'other_nonclassical', 'seminar'
] %}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

learning as (
    select * from {{ ref('fct_learning') }}
),

submission as (
    select * from {{ ref('int_submission__counting') }}
),

status as (
    select * from {{ ref('code_employment_status') }}
),

-- Agencies that said anything about learning this year: the others are not reported, not zero.
reporting_agency as (
    select
        submission.agency_code,
        0 as no_hours
    from submission
    where
        submission.dataset = 'peserta_pelatihan'
        and submission.source_period between {{ period_year_start() }} and {{ period_first_day() }}
    group by submission.agency_code
),

parameter as (
    select
        {{ rule_value('learning', 'pns_hours_floor') }} as floor_hours,
        {{ rule_value('learning', 'pppk_hours_ceiling') }} as ceiling_hours
),

-- The floor binds civil servants, not candidates; the ceiling every contract employee.
hours_limit as (
    select
        status.code as employment_status,
        case when status.code = 'PNS' then parameter.floor_hours end as floor_hours,
        case when status.employment_group = 'PPPK' then parameter.ceiling_hours end as ceiling_hours
    from status
    cross join parameter
),

hours_by_form as (
    select
        learning.person_key,
        learning.form_group,
        {{ exact_sum('coalesce(learning.hours, 0)') }} as hours
    from learning
    where
        learning.is_completed
        and not learning.is_orphan_program
        and not learning.is_duplicate_certificate
        and learning.completed_on between {{ period_year_start() }} and {{ period_last_day() }}
    group by learning.person_key, learning.form_group
),

person_hours as (
    select
        person_key,
        {%- for form_group in form_groups %}
        max(case when form_group = '{{ form_group }}' then hours else 0 end) as hours_{{ form_group }},
        {%- endfor %}
        {{ exact_sum('hours') }} as hours
    from hours_by_form
    group by person_key
)

-- Without a report of the agency and without any hours, the hours are not known.
select
    person.period,
    person.agency_code,
    person.person_key,
    person.employment_status,
    person.position_level,
    person.is_carried_forward,
    hours_limit.floor_hours,
    hours_limit.ceiling_hours,
    (coalesce(person_hours.hours, reporting_agency.no_hours) is not null) as is_reported,
    {%- for form_group in form_groups %}
    coalesce(person_hours.hours_{{ form_group }}, reporting_agency.no_hours) as hours_{{ form_group }},
    {%- endfor %}
    coalesce(person_hours.hours, reporting_agency.no_hours) as hours
from person
left join reporting_agency on person.agency_code = reporting_agency.agency_code
left join hours_limit on person.employment_status = hours_limit.employment_status
left join person_hours on person.person_key = person_hours.person_key
