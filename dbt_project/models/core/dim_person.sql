-- Everyone in a counting roster. A person counts once: with an active legal standing, in an agency
-- in force, and of several agencies in the one where the position began last.
with roster as (
    select * from {{ ref('stg_pegawai') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

legal_standings as (
    select * from {{ ref('code_legal_standing') }}
),

education_levels as (
    select * from {{ ref('code_education_level') }}
),

regions as (
    select * from {{ ref('stg_region') }}
),

judged as (
    select
        roster.*,
        case
            when not coalesce(legal_standings.is_active, false) then 'inactive'
            when agencies.agency_code is null then 'unknown_agency'
        end as own_exclusion_reason
    from roster
    left join agencies on roster.agency_code = agencies.agency_code
    left join legal_standings on roster.legal_standing = legal_standings.code
),

repeated_people as (
    select person_key
    from judged
    where own_exclusion_reason is null
    group by person_key
    having count(*) > 1
),

duplicates as (
    select
        judged.agency_code,
        judged.person_key,
        row_number() over (
            partition by judged.person_key
            order by
                judged.is_carried_forward asc,
                judged.position_started_on desc nulls last,
                judged.agency_code asc
        ) as agency_rank
    from judged
    inner join repeated_people on judged.person_key = repeated_people.person_key
    where judged.own_exclusion_reason is null
)

select
    {{ period_first_day() }} as period,
    judged.agency_code,
    judged.person_key,
    judged.employment_status,
    judged.legal_standing,
    judged.own_exclusion_reason is null and coalesce(duplicates.agency_rank, 1) = 1 as is_counted,
    case
        when judged.own_exclusion_reason is not null then judged.own_exclusion_reason
        when duplicates.agency_rank > 1 then 'duplicate_person'
    end as exclusion_reason,
    judged.grade,
    judged.position_type,
    judged.position_level,
    judged.position_code,
    judged.unit_code,
    judged.region_code,
    regions.is_remote as is_remote_region,
    judged.education_code,
    education_levels.education_group as education_level,
    judged.education_fits_position,
    judged.sex,
    judged.age_band,
    judged.service_years,
    judged.months_to_retirement,
    judged.position_started_on,
    judged.is_carried_forward
from judged
left join duplicates
    on
        judged.agency_code = duplicates.agency_code
        and judged.person_key = duplicates.person_key
left join education_levels on judged.education_code = education_levels.code
left join regions on judged.region_code = regions.region_code
