with people as (
    select * from {{ ref('dim_person') }}
    where is_counted
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

requirements as (
    select * from {{ ref('fct_requirement') }}
),

competencies as (
    select * from {{ ref('dim_competency') }}
),

severities as (
    select * from {{ ref('int_competency__severity') }}
),

required as (
    select
        requirements.agency_code,
        requirements.position_code,
        requirements.position_level,
        requirements.competency_code,
        requirements.required_level,
        requirements.is_default_standard,
        requirements.is_carried_forward,
        competencies.family,
        agencies.agency_name
    from requirements
    left join competencies on requirements.competency_code = competencies.competency_code
    left join agencies on requirements.agency_code = agencies.agency_code
)

select
    {{ period_first_day() }} as period,
    people.agency_code,
    required.agency_name,
    people.person_key,
    people.employment_status,
    people.position_level,
    people.position_code,
    people.unit_code,
    people.region_code,
    people.is_remote_region,
    people.education_level,
    people.sex,
    people.age_band,
    people.service_years,
    required.family,
    required.competency_code,
    required.required_level,
    required.is_default_standard,
    assessed.achieved_level,
    assessed.achieved_level - required.required_level as gap,
    coalesce(severities.severity, 'unassessed') as severity,
    assessed.assessed_on,
    assessed.valid_until,
    assessed.method,
    assessed.purpose,
    people.is_carried_forward or coalesce(required.is_carried_forward, false) as is_carried_forward
from people
inner join required
    on
        people.agency_code = required.agency_code
        and people.position_code = required.position_code
        and people.position_level = required.position_level
left join {{ ref('int_assessment__latest') }} as assessed
    on
        people.person_key = assessed.person_key
        and required.competency_code = assessed.competency_code
left join severities on assessed.achieved_level - required.required_level = severities.gap
