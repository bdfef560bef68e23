{{ config(schema='core') }}

-- The three competencies that most people of an agency, level and field lack, and of every total
-- over them: by people with a gap, then by the levels missing, then by code.
with gaps as (
    select
        agency_code,
        position_code,
        unit_code,
        position_level,
        competency_code,
        count(*) as people_with_gap,
        sum(-gap) as levels_missing
    from {{ ref('competency_gap_person') }}
    where gap < 0
    group by agency_code, position_code, unit_code, position_level, competency_code
),

places as (
    select * from {{ ref('int_position__place') }}
),

placed as (
    select
        gaps.agency_code,
        coalesce(places.position_level, gaps.position_level) as position_level,
        places.job_family,
        gaps.competency_code,
        gaps.people_with_gap,
        gaps.levels_missing
    from gaps
    inner join places
        on
            gaps.agency_code = places.agency_code
            and gaps.position_code = places.position_code
            and gaps.unit_code = places.unit_code
),

rolled as (
    select
        agency_code,
        position_level,
        job_family,
        competency_code,
        sum(people_with_gap) as people_with_gap,
        sum(levels_missing) as levels_missing
    from placed
    group by competency_code, cube (agency_code, position_level, job_family)
),

ranked as (
    select
        agency_code,
        position_level,
        job_family,
        competency_code,
        row_number() over (
            partition by agency_code, position_level, job_family
            order by people_with_gap desc, levels_missing desc, competency_code asc
        ) as place
    from rolled
)

select
    agency_code,
    position_level,
    job_family,
    max(case when place = 1 then competency_code end) as lacking_1,
    max(case when place = 2 then competency_code end) as lacking_2,
    max(case when place = 3 then competency_code end) as lacking_3
from ranked
group by agency_code, position_level, job_family
