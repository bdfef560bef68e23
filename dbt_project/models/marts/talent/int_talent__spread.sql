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
        position_level,
        {{ exact_ratio_mean('jpm') }} as jpm_mean
    from matches
    group by grouping sets (
        (is_past, agency_code, unit_code, position_level), (is_past, agency_code, unit_code)
    )
),

compared as (
    select
        is_past,
        agency_code,
        position_level,
        jpm_mean
    from units
    union all
    select
        is_past,
        cast(null as {{ dbt.type_string() }}) as agency_code,
        position_level,
        jpm_mean
    from units
),

-- Deviations from the mean are squared one by one: the square of a sum would lose digits.
centred as (
    select
        is_past,
        agency_code,
        position_level,
        jpm_mean - cast(
            sum({{ to_decimal('jpm_mean', 28, 14) }}) over (partition by is_past, agency_code, position_level)
            as {{ type_double() }}
        ) / count(*) over (partition by is_past, agency_code, position_level) as deviation
    from compared
),

deviations as (
    select
        is_past,
        agency_code,
        position_level,
        count(*) as units,
        sum({{ to_decimal('deviation * deviation', 28, 14) }}) as squares
    from centred
    group by is_past, agency_code, position_level
),

spreads as (
    select
        is_past,
        agency_code,
        position_level,
        units,
        sqrt(cast(squares as {{ type_double() }}) / nullif(units - 1, 0)) as spread
    from deviations
)

select
    agency_code,
    position_level,
    max(case when not is_past then units else 0 end) as units_compared,
    max(case when not is_past then spread end) as competence_spread,
    max(case when is_past then spread end) as competence_spread_year_ago
from spreads
group by agency_code, position_level
