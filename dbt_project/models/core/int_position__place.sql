-- What the agencies' lists say of each place (a position in a unit) that is listed or held. A place
-- that is held but not listed takes the field of the same position in another unit, where there is
-- one; it is no strategic position, and nobody knows how many people it needs.
with positions as (
    select * from {{ ref('dim_position') }}
),

held as (
    select
        agency_code,
        position_code,
        unit_code
    from {{ ref('dim_person') }}
    where is_counted
    group by agency_code, position_code, unit_code
),

elsewhere as (
    select
        agency_code,
        position_code,
        min(job_family) as job_family
    from positions
    group by agency_code, position_code
),

places as (
    select
        agency_code,
        position_code,
        unit_code
    from held
    union
    select
        agency_code,
        position_code,
        unit_code
    from positions
)

select
    places.agency_code,
    places.position_code,
    places.unit_code,
    positions.position_code is not null as is_listed,
    positions.position_name,
    positions.position_level,
    coalesce(positions.job_family, elsewhere.job_family, 'TIDAK_DIKETAHUI') as job_family,
    positions.needed,
    coalesce(positions.is_strategic, false) as is_strategic,
    coalesce(positions.is_carried_forward, false) as is_carried_forward
from places
left join positions
    on
        places.agency_code = positions.agency_code
        and places.position_code = positions.position_code
        and places.unit_code = positions.unit_code
left join elsewhere
    on
        places.agency_code = elsewhere.agency_code
        and places.position_code = elsewhere.position_code
