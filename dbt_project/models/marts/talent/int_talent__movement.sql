{{ config(schema='core') }}

-- Moves of the calendar year so far, by agency and the level that they led to (transfers out: that
-- they led from). Both agencies of a transfer tell it, so it counts once in each direction; a
-- transfer inside the agency is a rotation. Where no event names a level, the person's own counts.
with events as (
    select * from {{ ref('fct_career_event') }}
    where started_on >= {{ period_year_start() }}
),

people as (
    select
        person_key,
        position_level
    from {{ ref('dim_person') }}
    where is_counted
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

moves as (
    select
        agency_code,
        person_key,
        started_on,
        case
            when change_type = 'PROMOSI' then 'promotion'
            when change_type = 'DEMOSI' then 'demotion'
            else 'rotation'
        end as movement,
        max(to_position_level) as position_level
    from events
    where
        change_type in ('PROMOSI', 'DEMOSI', 'ROTASI')
        or (change_type = 'MUTASI' and to_agency_code is null)
    group by
        agency_code,
        person_key,
        started_on,
        case
            when change_type = 'PROMOSI' then 'promotion'
            when change_type = 'DEMOSI' then 'demotion'
            else 'rotation'
        end
    union all
    select
        to_agency_code as agency_code,
        person_key,
        started_on,
        'transfer_in' as movement,
        max(to_position_level) as position_level
    from events
    where change_type = 'MUTASI' and to_agency_code is not null
    group by to_agency_code, person_key, started_on
    union all
    select
        agency_code,
        person_key,
        started_on,
        'transfer_out' as movement,
        max(coalesce(from_position_level, to_position_level)) as position_level
    from events
    where change_type = 'MUTASI' and to_agency_code <> agency_code
    group by agency_code, person_key, started_on
)

select
    moves.agency_code,
    coalesce(moves.position_level, people.position_level) as position_level,
    count(case when moves.movement = 'promotion' then 1 end) as promotions,
    count(case when moves.movement = 'rotation' then 1 end) as rotations,
    count(case when moves.movement = 'transfer_in' then 1 end) as transfers_in,
    count(case when moves.movement = 'transfer_out' then 1 end) as transfers_out,
    count(case when moves.movement = 'demotion' then 1 end) as demotions
from moves
inner join agencies on moves.agency_code = agencies.agency_code
left join people on moves.person_key = people.person_key
group by moves.agency_code, coalesce(moves.position_level, people.position_level)
