{{ config(schema='core') }}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

education as (
    select * from {{ ref('code_education_level') }}
),

-- A five-year band stands for its first year.
described as (
    select
        person.person_key,
        person.agency_code,
        person.position_level,
        case
            when substr(person.age_band, 3, 1) = '-' then cast(substr(person.age_band, 1, 2) as integer)
        end as age,
        person.service_years,
        education.rank as education_rank
    from person
    inner join education on person.education_code = education.code
)

select
    changed.before_year,
    changed.after_year,
    changed.person_key,
    described.agency_code as stratum_agency_code,
    described.position_level,
    changed.quadrant_before,
    changed.change,
    described.age,
    described.service_years,
    described.education_rank
from {{ ref('int_program__change') }} as changed
inner join described on changed.person_key = described.person_key
where described.age is not null and described.service_years is not null
