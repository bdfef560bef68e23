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
means as (
    select
        is_past,
        agency_code,
        position_level,
        count(*) as units,
        {{ exact_ratio_mean('jpm_mean') }} as mean_of_units
    from compared
    group by is_past, agency_code, position_level
),

deviations as (
    select
        means.is_past,
        means.agency_code,
        means.position_level,
        means.units,
        sum(cast(
            (compared.jpm_mean - means.mean_of_units) * (compared.jpm_mean - means.mean_of_units)
            as decimal(28, 14)
        )) as squares
    from means
    inner join compared
        on
            means.is_past = compared.is_past
            and means.agency_code is not distinct from compared.agency_code
            and means.position_level is not distinct from compared.position_level
    group by means.is_past, means.agency_code, means.position_level, means.units
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
