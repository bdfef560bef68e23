with cells as (
    select * from {{ ref('int_competency__place_cell') }}
),

places as (
    select * from {{ ref('int_position__place') }}
),

rolled as (
    select
        cells.agency_code,
        max(cells.agency_name) as agency_name,
        places.job_family,
        cells.family,
        grouping(cells.agency_code) as is_national,
        sum(cells.people) as people,
        sum(cells.requirements) as requirements,
        sum(cells.assessed) as assessed,
        sum(cells.required_sum) as required_sum,
        sum(cells.achieved_sum) as achieved_sum,
        sum(cells.gap_sum) as gap_sum,
        sum(cells.met) as met,
        sum(cells.mild) as mild,
        sum(cells.moderate) as moderate,
        sum(cells.severe) as severe,
        sum(cells.default_standard) as default_standard,
        bool_or(cells.is_carried_forward) as is_carried_forward
    from cells
    inner join places
        on
            cells.agency_code = places.agency_code
            and cells.position_code = places.position_code
            and cells.unit_code = places.unit_code
    group by grouping sets (
        (cells.agency_code, places.job_family, cells.family),
        (cells.agency_code, cells.family),
        (places.job_family, cells.family),
        (cells.family)
    )
)

select
    {{ period_first_day() }} as period,
    agency_code,
    case when is_national = 0 then agency_name end as agency_name,
    job_family,
    family,
    agency_code is null or job_family is null or family is null as is_total,
    cast(people as bigint) as people,
    cast(requirements as bigint) as requirements,
    cast(assessed as bigint) as assessed,
    {{ share('assessed', 'requirements') }} as coverage,
    {{ share('required_sum', 'requirements') }} as required_mean,
    {{ share('achieved_sum', 'assessed') }} as achieved_mean,
    {{ share('gap_sum', 'assessed') }} as gap_mean,
    cast(met as bigint) as met,
    cast(mild as bigint) as mild,
    cast(moderate as bigint) as moderate,
    cast(severe as bigint) as severe,
    {{ share('met', 'assessed') }} as met_share,
    {{ share('default_standard', 'requirements') }} as default_standard_share,
    is_carried_forward
from rolled
