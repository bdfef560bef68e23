-- Every counted person's position requires each of the statutory competencies, at one level.
with held as (
    select
        agency_code,
        position_code,
        position_level
    from {{ ref('dim_person') }}
    where is_counted
    group by agency_code, position_code, position_level
),

statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

requirements as (
    select * from {{ ref('fct_requirement') }}
)

select
    held.agency_code,
    held.position_code,
    held.position_level,
    statutory.code
from held
cross join statutory
left join requirements
    on
        held.agency_code = requirements.agency_code
        and held.position_code = requirements.position_code
        and held.position_level = requirements.position_level
        and statutory.code = requirements.competency_code
where requirements.required_level is null
