{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

acting as (
    select * from {{ ref('fct_career_event') }} where change_type in ('PLT', 'PLH')
),

level_row as (
    select
        levels.code,
        levels.ladder,
        levels.rank,
        required.level
    from {{ ref('code_position_level') }} as levels
    left join {{ ref('rule_required_level') }} as required
        on
            levels.code = required.position_level
            and required.rule_set = 'required_level'
            and {{ in_force('required') }}
),

score_row as (
    select rule_score.* from {{ ref('rule_score') }} as rule_score
    where rule_score.rule_set = 'talent_acting' and {{ in_force('rule_score') }}
),

-- On one ladder the rank decides which level is higher, between ladders the required level.
compared as (
    select
        acting.person_key,
        acting.change_type,
        case
            when target.ladder = held.ladder then target.rank > held.rank
            else target.level > held.level
        end as is_higher
    from acting
    inner join person on acting.person_key = person.person_key
    left join level_row as target on acting.to_position_level = target.code
    left join level_row as held
        on coalesce(acting.from_position_level, person.position_level) = held.code
)

select
    compared.person_key,
    max(score_row.score) as acting_score
from compared
inner join score_row
    on
        compared.change_type || case when compared.is_higher then '_HIGHER' else '_EQUAL' end
        = score_row.code
group by compared.person_key
