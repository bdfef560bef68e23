{{ config(schema='core') }}

-- How far the mean JPM of units lies apart, now and a year ago: within each agency and level and in
-- every total over them, a unit being of one agency always.
with matches as (
    select
        false as is_past,
        agency_code,
        position_level,
        unit_code,
        jpm
    from {{ ref('job_person_match') }}
    where jpm is not null
    union all
    select
        true as is_past,
        agency_code,
        position_level,
        unit_code,
        jpm
    from {{ ref('int_talent__past_match') }}
),

units as (
    select
        is_past,
        agency_code,
        unit_code,
        position_level,
        {{ exact_mean('jpm') }} as jpm_mean
    from matches
    group by grouping sets (
        (is_past, agency_code, unit_code, position_level), (is_past, agency_code, unit_code)
    )
),

now_and_then as (
    select
        agency_code,
        position_level,
        case when not is_past then jpm_mean end as mean_now,
        case when is_past then jpm_mean end as mean_then
    from units
)

select
    agency_code,
    position_level,
    count(mean_now) as units_compared,
    {{ exact_stddev('mean_now') }} as competence_spread,
    {{ exact_stddev('mean_then') }} as competence_spread_year_ago
from now_and_then
group by grouping sets ((agency_code, position_level), (position_level))
