{{ config(schema='core') }}

-- Strategic positions, who holds them, and what they demand of a successor: the sum of the levels
-- of the statutory competencies.
with places as (
    select * from {{ ref('int_position__place') }}
    where is_strategic
),

statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

levels as (
    select * from {{ ref('code_position_level') }}
),

required as (
    select
        needs.agency_code,
        needs.position_code,
        needs.position_level,
        sum(needs.required_level) as required_sum,
        bool_or(needs.is_default_standard) as is_default_standard
    from {{ ref('fct_requirement') }} as needs
    inner join statutory on needs.competency_code = statutory.code
    group by needs.agency_code, needs.position_code, needs.position_level
),

incumbents as (
    select
        agency_code,
        position_code,
        unit_code,
        count(*) as incumbents,
        min(months_to_retirement) as retires_within_months,
        bool_or(is_carried_forward) as is_carried_forward
    from {{ ref('dim_person') }}
    where is_counted
    group by agency_code, position_code, unit_code
)

select
    places.agency_code,
    places.position_code,
    places.unit_code,
    places.position_name,
    places.position_level,
    places.job_family,
    levels.ladder,
    levels.rank as level_rank,
    places.needed,
    coalesce(incumbents.incumbents, 0) as incumbents,
    incumbents.retires_within_months,
    required.required_sum,
    coalesce(required.is_default_standard, false) as is_default_standard,
    places.is_carried_forward or coalesce(incumbents.is_carried_forward, false) as is_carried_forward
from places
left join levels on places.position_level = levels.code
left join required
    on
        places.agency_code = required.agency_code
        and places.position_code = required.position_code
        and places.position_level = required.position_level
left join incumbents
    on
        places.agency_code = incumbents.agency_code
        and places.position_code = incumbents.position_code
        and places.unit_code = incumbents.unit_code
