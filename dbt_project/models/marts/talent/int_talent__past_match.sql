{{ config(schema='core') }}

{% set past_day = period_last_day(-12) %}

-- People with a JPM a year before the end of the report month, and the unit in which they were: the
-- unit of the last move before that day where they have moved since, else the unit of today. Level
-- and standard are those of the position held now; who has moved and whose unit then no event names
-- is left out.
with people as (
    select * from {{ ref('dim_person') }}
    where is_counted
),

statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

results as (
    {{ latest_rows(
        ref('fct_assessment'),
        keys=['person_key', 'competency_code'],
        order_by='assessed_on desc, purpose desc',
        columns=['person_key', 'competency_code', 'achieved_level'],
        where='assessed_on <= ' ~ past_day ~ ' and '
        ~ add_years('assessed_on', rule_integer('assessment', 'validity_years')) ~ ' > ' ~ past_day,
    ) | indent(4) }}
),

achieved as (
    select
        results.person_key,
        count(*) as competencies,
        sum(results.achieved_level) as achieved_sum
    from results
    inner join statutory on results.competency_code = statutory.code
    group by results.person_key
),

required as (
    select
        needs.agency_code,
        needs.position_code,
        needs.position_level,
        sum(needs.required_level) as required_sum
    from {{ ref('fct_requirement') }} as needs
    inner join statutory on needs.competency_code = statutory.code
    group by needs.agency_code, needs.position_code, needs.position_level
),

moves as (
    select
        person_key,
        agency_code,
        to_unit_code,
        started_on > {{ past_day }} as is_since,
        row_number() over (
            partition by person_key, started_on > {{ past_day }}
            order by started_on desc, change_type asc, agency_code asc
        ) as recency
    from {{ ref('fct_career_event') }}
    where change_type in ('PENGANGKATAN', 'PROMOSI', 'DEMOSI', 'MUTASI', 'ROTASI')
),

rules as (
    select {{ rule_integer('jpm', 'statutory_competencies') }} as statutory_competencies
)

select
    people.agency_code,
    people.person_key,
    people.position_level,
    case when since.person_key is null then people.unit_code else earlier.to_unit_code end as unit_code,
    100 * cast(achieved.achieved_sum as {{ type_double() }}) / required.required_sum as jpm
from people
inner join achieved on people.person_key = achieved.person_key
inner join required
    on
        people.agency_code = required.agency_code
        and people.position_code = required.position_code
        and people.position_level = required.position_level
cross join rules
left join moves as since
    on people.person_key = since.person_key and since.is_since and since.recency = 1
left join moves as earlier
    on
        people.person_key = earlier.person_key
        and people.agency_code = earlier.agency_code
        and not earlier.is_since
        and earlier.recency = 1
where
    achieved.competencies = rules.statutory_competencies
    and required.required_sum > 0
    and (since.person_key is null or earlier.to_unit_code is not null)
