{{ config(schema='core') }}

-- Since when people have been in their present level: the last change that brought them into it
-- from another, else the day on which the roster says that their position began.
with people as (
    select * from {{ ref('dim_person') }}
    where is_counted
),

entries as (
    select
        people.person_key,
        max(events.started_on) as entered_on
    from people
    inner join {{ ref('fct_career_event') }} as events
        on
            people.person_key = events.person_key
            and people.position_level = events.to_position_level
    where
        (events.from_position_level is null and events.change_type in ('PENGANGKATAN', 'PROMOSI', 'DEMOSI'))
        or (
            events.from_position_level <> events.to_position_level
            and events.change_type in ('PENGANGKATAN', 'PROMOSI', 'DEMOSI', 'MUTASI', 'ROTASI')
        )
    group by people.person_key
)

select
    people.agency_code,
    people.person_key,
    people.position_level,
    coalesce(entries.entered_on, people.position_started_on) as level_started_on,
    people.is_carried_forward
from people
left join entries on people.person_key = entries.person_key
