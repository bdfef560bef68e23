{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

event as (
    select * from {{ ref('fct_career_event') }}
),

acting as (
    select * from {{ ref('int_talent__acting') }}
),

reporting_agency as (
    select agency_code
    from {{ ref('int_submission__counting') }}
    where dataset = 'riwayat_jabatan'
    group by agency_code
),

held as (
    select * from event where change_type not in ('PLT', 'PLH')
),

-- Every post once: the present one and those between which the person moved.
post as (
    select
        person_key,
        position_code
    from person
    union
    select
        person_key,
        from_position_code as position_code
    from held
    union
    select
        person_key,
        to_position_code as position_code
    from held
),

variety as (
    select
        person_key,
        count(position_code) as posts
    from post
    group by person_key
),

known as (
    select person_key
    from event
    group by person_key
),

variety_band as (
    select
        rule_band.*,
        rule_score.score
    from {{ ref('rule_band') }} as rule_band
    inner join {{ ref('rule_score') }} as rule_score
        on
            rule_band.code = rule_score.code
            and rule_score.rule_set = 'talent_variety_score'
            and {{ in_force('rule_score') }}
    where rule_band.rule_set = 'talent_variety' and {{ in_force('rule_band') }}
),

never_acting as (
    select rule_score.score
    from {{ ref('rule_score') }} as rule_score
    where
        rule_score.rule_set = 'talent_acting' and rule_score.code = 'NONE'
        and {{ in_force('rule_score') }}
),

weight as (
    select
        max(case when rule_weight.component = 'acting' then rule_weight.weight end) as acting_weight,
        max(case when rule_weight.component = 'variety' then rule_weight.weight end) as variety_weight
    from {{ ref('rule_weight') }} as rule_weight
    where
        rule_weight.rule_set = 'talent' and rule_weight.axis = 'experience'
        and {{ in_force('rule_weight') }}
),

scored as (
    select
        person.agency_code,
        person.person_key,
        variety.posts,
        coalesce(acting.acting_score, never_acting.score) as acting_score,
        variety_band.score as variety_score
    from person
    cross join never_acting
    inner join variety on person.person_key = variety.person_key
    left join acting on person.person_key = acting.person_key
    left join known on person.person_key = known.person_key
    left join reporting_agency on person.agency_code = reporting_agency.agency_code
    left join variety_band on {{ in_band('variety.posts', 'variety_band') }}
    where reporting_agency.agency_code is not null or known.person_key is not null
)

-- People whose agency said nothing about careers are left out: unknown, not without experience.
select
    scored.agency_code,
    scored.person_key,
    scored.posts,
    scored.acting_score,
    scored.variety_score,
    {{ weighted_mean([
        ['scored.acting_score', 'weight.acting_weight'], ['scored.variety_score', 'weight.variety_weight']
    ]) }} as experience_score
from scored
cross join weight
