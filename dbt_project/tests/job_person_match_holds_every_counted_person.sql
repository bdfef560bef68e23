-- The person-level match has a row for everyone who counts and for nobody else.
with people as (
    select person_key
    from {{ ref('dim_person') }}
    where is_counted
),

matches as (
    select person_key
    from {{ ref('job_person_match') }}
)

select
    people.person_key,
    matches.person_key as matched_person_key
from people
full outer join matches on people.person_key = matches.person_key
where people.person_key is null or matches.person_key is null
