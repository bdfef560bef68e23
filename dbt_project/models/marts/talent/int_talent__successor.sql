{{ config(schema='core') }}

-- Every strategic position with the people of the same agency who may succeed: of the talent pool,
-- in the same level or so many levels below as the rule allows, and not there already; and how
-- ready each is by the JPM against the standard of that position.
with strategic as (
    select * from {{ ref('int_talent__strategic') }}
),

levels as (
    select * from {{ ref('code_position_level') }}
),

achieved as (
    select * from {{ ref('int_talent__achieved') }}
),

rules as (
    select
        {{ rule_integer('succession', 'minimum_box') }} as minimum_box,
        {{ rule_integer('succession', 'levels_below') }} as levels_below,
        {{ rule_value('succession', 'ready_now_jpm') }} as ready_now_jpm,
        {{ rule_value('succession', 'ready_soon_jpm') }} as ready_soon_jpm
),

talents as (
    select
        pool.agency_code,
        pool.person_key,
        pool.position_code,
        pool.unit_code,
        pool.position_level,
        pool.employment_status,
        pool.region_code,
        pool.is_remote_region,
        pool.education_level,
        pool.sex,
        pool.age_band,
        pool.service_years,
        pool.box,
        pool.talent_score,
        levels.ladder,
        levels.rank as level_rank,
        achieved.achieved_sum,
        pool.is_carried_forward
    from {{ ref('talent_pool') }} as pool
    cross join rules
    inner join levels on pool.position_level = levels.code
    left join achieved on pool.person_key = achieved.person_key
    where pool.box >= rules.minimum_box
),

paired as (
    select
        strategic.agency_code,
        strategic.position_code,
        strategic.unit_code,
        strategic.position_level,
        talents.person_key,
        talents.position_level as held_position_level,
        talents.position_code as held_position_code,
        talents.unit_code as held_unit_code,
        talents.employment_status,
        talents.region_code,
        talents.is_remote_region,
        talents.education_level,
        talents.sex,
        talents.age_band,
        talents.service_years,
        talents.box,
        talents.talent_score,
        100 * cast(talents.achieved_sum as {{ type_double() }}) / nullif(strategic.required_sum, 0)
            as jpm_target,
        strategic.is_carried_forward or talents.is_carried_forward as is_carried_forward
    from strategic
    cross join rules
    inner join talents
        on
            strategic.agency_code = talents.agency_code
            and strategic.ladder = talents.ladder
            and strategic.level_rank >= talents.level_rank
            and strategic.level_rank - rules.levels_below <= talents.level_rank
    where strategic.position_code <> talents.position_code or strategic.unit_code <> talents.unit_code
)

select
    paired.agency_code,
    paired.position_code,
    paired.unit_code,
    paired.position_level,
    paired.person_key,
    paired.held_position_level,
    paired.held_position_code,
    paired.held_unit_code,
    paired.employment_status,
    paired.region_code,
    paired.is_remote_region,
    paired.education_level,
    paired.sex,
    paired.age_band,
    paired.service_years,
    paired.box,
    paired.talent_score,
    paired.jpm_target,
    case
        when paired.jpm_target >= rules.ready_now_jpm then 'now'
        when paired.jpm_target >= rules.ready_soon_jpm then 'soon'
        when paired.jpm_target is not null then 'not_ready'
        else 'unassessed'
    end as readiness,
    paired.is_carried_forward
from paired
cross join rules
