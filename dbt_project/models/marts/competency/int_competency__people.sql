{{ config(schema='core') }}

-- People with at least one requirement, per agency and level: by family, and (family null) of any.
-- A person has one agency and one position, so the counts add up over agencies and levels.
with holders as (
    select
        agency_code,
        position_code,
        position_level,
        count(*) as people
    from {{ ref('dim_person') }}
    where is_counted
    group by agency_code, position_code, position_level
),

requirements as (
    select * from {{ ref('fct_requirement') }}
),

competencies as (
    select * from {{ ref('dim_competency') }}
),

families as (
    select
        requirements.agency_code,
        requirements.position_code,
        requirements.position_level,
        competencies.family
    from requirements
    inner join competencies on requirements.competency_code = competencies.competency_code
    group by grouping sets (
        (requirements.agency_code, requirements.position_code, requirements.position_level, competencies.family),
        (requirements.agency_code, requirements.position_code, requirements.position_level)
    )
)

select
    families.agency_code,
    families.position_level,
    families.family,
    cast(sum(holders.people) as bigint) as people
from families
inner join holders
    on
        families.agency_code = holders.agency_code
        and families.position_code = holders.position_code
        and families.position_level = holders.position_level
group by families.agency_code, families.position_level, families.family
