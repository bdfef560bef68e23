{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

performance as (
    select * from {{ ref('int_talent__performance') }}
),

assessment as (
    select * from {{ ref('int_talent__assessment') }}
),

development as (
    select * from {{ ref('int_talent__development') }}
),

record as (
    select * from {{ ref('int_talent__record') }}
),

experience as (
    select * from {{ ref('int_talent__experience') }}
),

potential as (
    select * from {{ ref('int_talent__potential') }}
),

integrity as (
    select * from {{ ref('int_talent__integrity') }}
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where
        rule_score.rule_set in ('talent_education', 'talent_field_fit')
        and {{ in_force('rule_score') }}
)

-- A component without a value for the person is null: it takes its weight out of the score and
-- lowers weight_available.
select
    person.period,
    person.agency_code,
    person.person_key,
    performance.performance_score as performance_main_score,
    record.award_score,
    record.team_assignment_score,
    record.feedback_360_score,
    assessment.assessment_score as competency_assessment_score,
    development.development_score as competency_development_score,
    experience.experience_score as position_experience_score,
    potential.potential_score as potential_assessment_score,
    education.score as education_score,
    field_fit.score as field_fit_score,
    integrity.integrity_score
from person
left join performance on person.person_key = performance.person_key
left join assessment
    on person.person_key = assessment.person_key and person.agency_code = assessment.agency_code
left join development
    on person.person_key = development.person_key and person.agency_code = development.agency_code
left join record on person.person_key = record.person_key
left join experience
    on person.person_key = experience.person_key and person.agency_code = experience.agency_code
left join potential on person.person_key = potential.person_key
left join integrity
    on person.person_key = integrity.person_key and person.agency_code = integrity.agency_code
left join score_row as education
    on education.rule_set = 'talent_education' and person.education_code = education.code
left join score_row as field_fit
    on
        field_fit.rule_set = 'talent_field_fit'
        and case
            when person.education_fits_position then 'Y'
            when not person.education_fits_position then 'T'
        end = field_fit.code
