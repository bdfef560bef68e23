{{ config(schema='core') }}

-- Counts and sums of requirements per agency, level, family and competency: everything that the
-- aggregate gap marts roll up, from one reading of the person-level gaps.
select
    agency_code,
    agency_name,
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
group by agency_code, agency_name, position_level, family, competency_code
