with successor as (
    select * from {{ ref('int_talent__successor') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

parameter as (
    select {{ rule_integer('succession', 'listed_candidates') }} as listed_candidates
),

ranked as (
    select
        successor.*,
        row_number() over (
            partition by successor.agency_code, successor.position_code, successor.unit_code
            order by
                case successor.readiness
                    when 'now' then 1 when 'soon' then 2 when 'not_ready' then 3 else 4
                end,
                successor.talent_score desc nulls last,
                successor.jpm_target desc nulls last,
                successor.person_key asc
        ) as place
    from successor
),

listed as (
    select ranked.*
    from ranked
    inner join parameter on ranked.place <= parameter.listed_candidates
),

-- Only what has been validly assessed can be a gap; who is not assessed is known by readiness.
gap as (
    select
        listed.agency_code,
        listed.position_code,
        listed.unit_code,
        listed.person_key,
        count(*) as gaps,
        {{ ordered_list('requirement.competency_code') }} as blocking_gaps
    from listed
    inner join {{ ref('fct_requirement') }} as requirement
        on
            listed.agency_code = requirement.agency_code
            and listed.position_code = requirement.position_code
            and listed.position_level = requirement.position_level
    inner join {{ ref('int_assessment__latest') }} as assessed
        on
            listed.person_key = assessed.person_key
            and requirement.competency_code = assessed.competency_code
            and requirement.required_level > assessed.achieved_level
    group by listed.agency_code, listed.position_code, listed.unit_code, listed.person_key
)

select
    {{ period_first_day() }} as period,
    listed.agency_code,
    agency.agency_name,
    listed.position_code,
    listed.unit_code,
    listed.position_level,
    cast(listed.place as integer) as rank,
    listed.person_key,
    listed.held_position_level,
    listed.held_position_code,
    listed.held_unit_code,
    listed.employment_status,
    listed.region_code,
    listed.is_remote_region,
    listed.education_level,
    listed.sex,
    listed.age_band,
    listed.service_years,
    listed.box,
    listed.talent_score,
    listed.jpm_target,
    listed.readiness,
    cast(coalesce(gap.gaps, 0) as integer) as blocking_gap_count,
    gap.blocking_gaps,
    listed.is_carried_forward
from listed
inner join agency on listed.agency_code = agency.agency_code
left join gap
    on
        listed.agency_code = gap.agency_code
        and listed.position_code = gap.position_code
        and listed.unit_code = gap.unit_code
        and listed.person_key = gap.person_key
