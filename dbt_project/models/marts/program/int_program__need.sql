{{ config(schema='core') }}

-- What each agency needs (people with a gap) and what it plans for this year, by competency and
-- level. An agency without a plan has not reported one: its needs are neither met nor unmet.
with gaps as (
    select
        agency_code,
        position_code,
        unit_code,
        position_level,
        family,
        competency_code,
        count(*) as people_with_gap,
        sum(-gap) as total_gap,
        count(case when severity = 'severe' then 1 end) as severe_people,
        bool_or(is_carried_forward) as is_carried_forward
    from {{ ref('competency_gap_person') }}
    where gap < 0
    group by agency_code, position_code, unit_code, position_level, family, competency_code
),

places as (
    select * from {{ ref('int_position__place') }}
),

needs as (
    select
        gaps.agency_code,
        gaps.competency_code,
        gaps.position_level,
        sum(gaps.people_with_gap) as people_with_gap,
        sum(gaps.total_gap) as total_gap,
        sum(gaps.severe_people) as severe_people,
        sum(case when places.is_strategic then gaps.people_with_gap else 0 end) as strategic_people,
        bool_or(gaps.is_carried_forward) as is_carried_forward
    from gaps
    inner join places
        on
            gaps.agency_code = places.agency_code
            and gaps.position_code = places.position_code
            and gaps.unit_code = places.unit_code
    group by gaps.agency_code, gaps.competency_code, gaps.position_level
),

plans as (
    select
        agency_code,
        competency_code,
        position_level,
        sum(planned_participants) as planned_participants,
        {{ exact_sum('planned_participants * planned_hours') }} as planned_hours,
        bool_or(is_carried_forward) as is_carried_forward
    from {{ ref('fct_plan') }}
    where year = {{ period_year() }}
    group by agency_code, competency_code, position_level
),

planning_agencies as (
    select
        agency_code,
        0 as nothing_planned
    from plans
    group by agency_code
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

joined as (
    select
        coalesce(needs.agency_code, plans.agency_code) as agency_code,
        coalesce(needs.competency_code, plans.competency_code) as competency_code,
        coalesce(needs.position_level, plans.position_level) as position_level,
        coalesce(needs.people_with_gap, 0) as people_with_gap,
        coalesce(needs.total_gap, 0) as total_gap,
        coalesce(needs.severe_people, 0) as severe_people,
        coalesce(needs.strategic_people, 0) as strategic_people,
        plans.planned_participants,
        plans.planned_hours,
        coalesce(needs.is_carried_forward, false) or coalesce(plans.is_carried_forward, false)
            as is_carried_forward
    from needs
    full outer join plans
        on
            needs.agency_code = plans.agency_code
            and needs.competency_code = plans.competency_code
            and needs.position_level = plans.position_level
),

planned as (
    select
        joined.agency_code,
        agencies.agency_name,
        joined.competency_code,
        joined.position_level,
        joined.people_with_gap,
        joined.total_gap,
        joined.severe_people,
        joined.strategic_people,
        coalesce(joined.planned_participants, planning_agencies.nothing_planned) as planned_participants,
        coalesce(joined.planned_hours, planning_agencies.nothing_planned) as planned_hours,
        joined.is_carried_forward
    from joined
    inner join agencies on joined.agency_code = agencies.agency_code
    left join planning_agencies on joined.agency_code = planning_agencies.agency_code
)

select
    agency_code,
    agency_name,
    competency_code,
    position_level,
    people_with_gap,
    total_gap,
    severe_people,
    strategic_people,
    planned_participants,
    planned_hours,
    case
        when planned_participants < people_with_gap then people_with_gap - planned_participants
        when planned_participants is not null then 0
    end as unmet_people,
    is_carried_forward
from planned
