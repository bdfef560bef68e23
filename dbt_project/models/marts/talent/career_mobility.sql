{% set movements = ['promotions', 'rotations', 'transfers_in', 'transfers_out', 'demotions'] %}

with tenure as (
    select * from {{ ref('int_talent__tenure') }}
),

movement as (
    select * from {{ ref('int_talent__movement') }}
),

spread as (
    select * from {{ ref('int_talent__spread') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

-- Agencies that told of careers this year: the moves of the others are not reported, not zero.
reporting_agency as (
    select agency_code
    from {{ ref('int_submission__counting') }}
    where
        dataset = 'riwayat_jabatan'
        and source_period between {{ period_year_start() }} and {{ period_first_day() }}
    group by agency_code
),

parameter as (
    select
        {{ rule_integer('career', 'stalled_years') }} as stalled_years,
        {{ rule_value('career', 'rate_base') }} as rate_base,
        {{ period_last_day() }} as last_day
),

person as (
    select
        tenure.agency_code,
        tenure.position_level,
        tenure.is_carried_forward,
        reporting_agency.agency_code is not null as is_reported,
        {{ add_years('tenure.level_started_on', 'parameter.stalled_years') }}
        < parameter.last_day as is_stalled,
        {{ dbt.datediff('level_started_on', 'parameter.last_day', 'day') }}
            as days_in_level
    from tenure
    cross join parameter
    left join reporting_agency on tenure.agency_code = reporting_agency.agency_code
),

grouped as (
    select
        agency_code,
        position_level,
        {{ count_where('true') }} as people,
        {{ count_where('is_reported') }} as people_reported,
        {{ percentile('days_in_level', 0.5) }} / 365.25 as median_years_in_level,
        {{ count_where('is_stalled') }} as stalled,
        bool_or(is_carried_forward) as is_carried_forward
    from person
    group by cube (agency_code, position_level)
    having count(*) > 0
),

-- A move whose level nobody knows is only in the totals over levels.
moved as (
    select
        movement.agency_code,
        movement.position_level,
        {%- for name in movements %}
        cast(sum(movement.{{ name }}) as {{ dbt.type_bigint() }}) as {{ name }},
        {%- endfor %}
        count(*) as cells
    from movement
    inner join reporting_agency on movement.agency_code = reporting_agency.agency_code
    group by cube (movement.agency_code, movement.position_level)
    having grouping(movement.position_level) = 1 or max(movement.position_level) is not null
),

joined as (
    select
        grouped.*,
        parameter.rate_base,
        {%- for name in movements %}
        case when grouped.people_reported > 0 then coalesce(moved.{{ name }}, 0) end as {{ name }},
        {%- endfor %}
        spread.units_compared,
        spread.competence_spread,
        spread.competence_spread_year_ago
    from grouped
    cross join parameter
    {%- for relation in ['moved', 'spread'] %}
    left join {{ relation }}
        on
            grouped.agency_code is not distinct from {{ relation }}.agency_code
            and grouped.position_level is not distinct from {{ relation }}.position_level
    {%- endfor %}
)

select
    {{ period_first_day() }} as period,
    joined.agency_code,
    agency.agency_name,
    joined.position_level,
    (joined.agency_code is null or joined.position_level is null) as is_total,
    joined.people,
    joined.people_reported,
    {%- for name in movements %}
    joined.{{ name }},
    joined.rate_base * {{ share('joined.' ~ name, 'joined.people_reported') }} as {{ name }}_per_1000,
    {%- endfor %}
    joined.median_years_in_level,
    joined.stalled,
    {{ share('joined.stalled', 'joined.people') }} as stalled_share,
    cast(coalesce(joined.units_compared, 0) as {{ dbt.type_bigint() }}) as units_compared,
    joined.competence_spread,
    joined.competence_spread_year_ago,
    joined.is_carried_forward
from joined
left join agency on joined.agency_code = agency.agency_code
