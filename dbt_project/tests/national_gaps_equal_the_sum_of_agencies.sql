-- Aggregates agree: agencies add up to the nation, and the nation to the person-level rows.
with agencies as (
    select
        sum(people) as people,
        sum(requirements) as requirements,
        sum(assessed) as assessed,
        sum(met) as met
    from {{ ref('competency_gap_agency') }}
    where family is null and competency_code is null and position_level is null
),

nation as (
    select
        sum(people) as people,
        sum(requirements) as requirements,
        sum(assessed) as assessed,
        sum(met) as met
    from {{ ref('competency_gap_national') }}
    where family is null and competency_code is null and position_level is null
),

persons as (
    select
        count(*) as requirements,
        count(achieved_level) as assessed,
        count(case when severity = 'met' then 1 end) as met
    from {{ ref('competency_gap_person') }}
)

select nation.requirements
from nation
cross join agencies
cross join persons
where
    nation.people is distinct from agencies.people
    or nation.requirements is distinct from agencies.requirements
    or nation.assessed is distinct from agencies.assessed
    or nation.met is distinct from agencies.met
    or coalesce(nation.requirements, 0) <> persons.requirements
    or coalesce(nation.assessed, 0) <> persons.assessed
    or coalesce(nation.met, 0) <> persons.met
