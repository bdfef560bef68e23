-- What each position held or planned demands: its own standard, and for the statutory
-- competencies without one the default of its level.
with positions as (
    select
        agency_code,
        position_code,
        position_level
    from {{ ref('dim_person') }}
    where is_counted
    union
    select
        agency_code,
        position_code,
        position_level
    from {{ ref('dim_position') }}
),

standards as (
    select * from {{ ref('stg_standar_kompetensi') }}
    where valid_from <= {{ period_last_day() }}
),

statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

default_levels as (
    select
        levels.position_level,
        levels.level
    from {{ ref('rule_required_level') }} as levels
    where levels.rule_set = 'required_level' and {{ in_force('levels') }}
),

own as (
    select
        positions.agency_code,
        positions.position_code,
        positions.position_level,
        standards.competency_code,
        standards.required_level,
        false as is_default_standard,
        standards.is_carried_forward
    from positions
    inner join standards
        on
            positions.agency_code = standards.agency_code
            and positions.position_code = standards.position_code
),

defaults as (
    select
        positions.agency_code,
        positions.position_code,
        positions.position_level,
        statutory.code as competency_code,
        default_levels.level as required_level,
        true as is_default_standard,
        false as is_carried_forward
    from positions
    inner join default_levels on positions.position_level = default_levels.position_level
    cross join statutory
    left join standards
        on
            positions.agency_code = standards.agency_code
            and positions.position_code = standards.position_code
            and statutory.code = standards.competency_code
    where standards.competency_code is null
),

required as (
    select * from own
    union all
    select * from defaults
)

select
    {{ period_first_day() }} as period,
    required.agency_code,
    required.position_code,
    required.position_level,
    required.competency_code,
    required.required_level,
    required.is_default_standard,
    required.is_carried_forward
from required
