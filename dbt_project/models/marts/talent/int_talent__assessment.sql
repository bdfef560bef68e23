{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

requirement as (
    select * from {{ ref('fct_requirement') }}
),

statutory as (
    select * from {{ ref('code_competency') }} where is_statutory
),

latest as (
    select * from {{ ref('int_assessment__latest') }}
),

parameter as (
    select
        {{ rule_value('jpm', 'statutory_competencies') }} as competencies_needed,
        {{ rule_value('talent', 'assessment_score_maximum') }} as score_maximum
),

summed as (
    select
        person.agency_code,
        person.person_key,
        count(*) as competencies_assessed,
        sum(latest.achieved_level) as achieved_levels,
        sum(requirement.required_level) as required_levels
    from person
    inner join requirement
        on
            person.agency_code = requirement.agency_code
            and person.position_code = requirement.position_code
            and person.position_level = requirement.position_level
    inner join statutory on requirement.competency_code = statutory.code
    inner join latest
        on
            person.person_key = latest.person_key
            and requirement.competency_code = latest.competency_code
    group by person.agency_code, person.person_key
)

-- A job person match above the standard counts as meeting it in full: the score is capped.
select
    summed.agency_code,
    summed.person_key,
    least(
        parameter.score_maximum,
        100 * cast(summed.achieved_levels as {{ type_double() }}) / summed.required_levels
    ) as assessment_score
from summed
cross join parameter
where summed.competencies_assessed = parameter.competencies_needed
