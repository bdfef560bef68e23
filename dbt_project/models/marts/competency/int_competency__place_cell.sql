{{ config(schema='core') }}

-- Counts and sums of requirements per field of work, family and agency. The people of one place (a
-- position in a unit) all have the same requirements, so as many people hold it as have any one of
-- them, and the people of places add up.
with gaps as (
    select
        agency_code,
        max(agency_name) as agency_name,
        position_code,
        unit_code,
        position_level,
        family,
        competency_code,
        count(*) as requirements,
        count(achieved_level) as assessed,
        sum(required_level) as required_sum,
        sum(achieved_level) as achieved_sum,
        sum(gap) as gap_sum,
        count(case when severity = 'met' then 1 end) as met,
        count(case when severity = 'mild' then 1 end) as mild,
        count(case when severity = 'moderate' then 1 end) as moderate,
        count(case when severity = 'severe' then 1 end) as severe,
        count(case when is_default_standard then 1 end) as default_standard,
        bool_or(is_carried_forward) as is_carried_forward
    from {{ ref('competency_gap_person') }}
    group by agency_code, position_code, unit_code, position_level, family, competency_code
)

select
    agency_code,
    max(agency_name) as agency_name,
    position_code,
    unit_code,
    position_level,
    family,
    max(requirements) as people,
    sum(requirements) as requirements,
    sum(assessed) as assessed,
    sum(required_sum) as required_sum,
    sum(achieved_sum) as achieved_sum,
    sum(gap_sum) as gap_sum,
    sum(met) as met,
    sum(mild) as mild,
    sum(moderate) as moderate,
    sum(severe) as severe,
    sum(default_standard) as default_standard,
    bool_or(is_carried_forward) as is_carried_forward
from gaps
group by grouping sets (
    (agency_code, position_code, unit_code, position_level, family),
    (agency_code, position_code, unit_code, position_level)
)
