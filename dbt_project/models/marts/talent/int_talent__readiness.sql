{{ config(schema='core') }}

-- What stands between each person and the next level of the ladder. Whoever has reached the top of
-- a ladder is not here.
with people as (
    select * from {{ ref('int_talent__tenure') }}
),

levels as (
    select * from {{ ref('code_position_level') }}
),

rules as (
    select
        {{ rule_integer('promotion', 'years_in_level') }} as years_in_level,
        {{ rule_integer('promotion', 'appraisals') }} as appraisals,
        {{ rule_integer('promotion', 'lowest_predicate') }} as lowest_predicate,
        {{ rule_integer('promotion', 'sanction_free_years') }} as sanction_free_years,
        {{ rule_integer('promotion', 'minimum_box') }} as minimum_box,
        {{ rule_value('promotion', 'minimum_jpm') }} as minimum_jpm,
        {{ rule_integer('discipline', 'open_end_months') }} as open_end_months,
        {{ rule_integer('jpm', 'statutory_competencies') }} as statutory_competencies
),

next_levels as (
    select
        levels.code as position_level,
        above.code as next_level,
        required.level as next_required_level
    from levels
    inner join levels as above on levels.ladder = above.ladder and above.rank = levels.rank + 1
    inner join {{ ref('rule_required_level') }} as required
        on
            above.code = required.position_level
            and required.rule_set = 'required_level'
            and {{ in_force('required') }}
),

appraisals as (
    select
        person_key,
        quadrant,
        row_number() over (partition by person_key order by year desc, agency_code asc) as recency
    from {{ ref('fct_performance') }}
    where period_type = 'TAHUNAN' and ended_on <= {{ period_last_day() }}
),

performance as (
    select
        appraisals.person_key,
        count(*) = max(rules.appraisals) and max(appraisals.quadrant) <= max(rules.lowest_predicate)
            as has_performance
    from appraisals
    cross join rules
    where appraisals.recency <= rules.appraisals
    group by appraisals.person_key
),

-- A sanction without an end is taken to be served for as long as the rule says.
sanctioned as (
    select sanctions.person_key
    from {{ ref('fct_sanction') }} as sanctions
    cross join rules
    where
        coalesce(sanctions.ended_on, {{ add_months('sanctions.started_on', 'rules.open_end_months') }})
        > {{ add_years(period_last_day(), '-rules.sanction_free_years') }}
    group by sanctions.person_key
),

achieved as (
    select * from {{ ref('int_talent__achieved') }}
),

boxes as (
    select * from {{ ref('int_talent__box') }}
),

judged as (
    select
        people.agency_code,
        people.person_key,
        people.position_level,
        next_levels.next_level,
        {{ add_years('people.level_started_on', 'rules.years_in_level') }} <= {{ period_last_day() }}
            as is_tenured,
        coalesce(performance.has_performance, false) as has_performance,
        sanctioned.person_key is null as is_clear,
        100 * cast(achieved.achieved_sum as {{ type_double() }})
        / (rules.statutory_competencies * next_levels.next_required_level) as jpm_next,
        rules.minimum_jpm,
        coalesce(boxes.box >= rules.minimum_box, false) as has_box,
        people.is_carried_forward
    from people
    cross join rules
    inner join next_levels on people.position_level = next_levels.position_level
    left join performance on people.person_key = performance.person_key
    left join sanctioned on people.person_key = sanctioned.person_key
    left join achieved on people.person_key = achieved.person_key
    left join boxes
        on people.agency_code = boxes.agency_code and people.person_key = boxes.person_key
)

select
    agency_code,
    person_key,
    position_level,
    next_level,
    is_tenured,
    has_performance,
    is_clear,
    jpm_next,
    coalesce(jpm_next >= minimum_jpm, false) as has_jpm,
    has_box,
    is_tenured and has_performance and is_clear as is_eligible,
    is_tenured and has_performance and is_clear and has_box and coalesce(jpm_next >= minimum_jpm, false)
        as is_ready,
    is_carried_forward
from judged
