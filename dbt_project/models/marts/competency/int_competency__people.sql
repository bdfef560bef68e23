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
        needs.agency_code,
        needs.position_code,
        needs.position_level,
        competencies.family
    from requirements as needs
    inner join competencies on needs.competency_code = competencies.competency_code
    group by grouping sets (
        (needs.agency_code, needs.position_code, needs.position_level, competencies.family),
        (needs.agency_code, needs.position_code, needs.position_level)
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
