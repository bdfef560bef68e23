with readiness as (
    select * from {{ ref('int_talent__readiness') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

grouped as (
    select
        agency_code,
        position_level,
        {{ count_where('true') }} as people,
        {{ count_where('is_tenured') }} as tenured,
        {{ count_where('is_eligible') }} as eligible,
        {{ count_where('is_ready') }} as ready,
        {{ count_where('is_tenured and not has_performance') }} as blocked_performance,
        {{ count_where('is_tenured and jpm_next is null') }} as blocked_assessment_missing,
        {{ count_where('is_tenured and jpm_next is not null and not has_jpm') }} as blocked_jpm,
        {{ count_where('is_tenured and not is_clear') }} as blocked_discipline,
        {{ count_where('is_tenured and not has_box') }} as blocked_box,
        max(next_level) as next_level,
        bool_or(is_carried_forward) as is_carried_forward
    from readiness
    group by cube (agency_code, position_level)
    having count(*) > 0
),

most as (
    select
        grouped.*,
        greatest(
            grouped.blocked_performance,
            grouped.blocked_assessment_missing,
            grouped.blocked_jpm,
            grouped.blocked_discipline,
            grouped.blocked_box
        ) as most_blocked
    from grouped
)

select
    {{ period_first_day() }} as period,
    most.agency_code,
    agency.agency_name,
    most.position_level,
    case when most.position_level is not null then most.next_level end as next_level,
    (most.agency_code is null or most.position_level is null) as is_total,
    most.people,
    most.tenured,
    most.eligible,
    {{ share('most.eligible', 'most.people') }} as eligible_share,
    most.ready,
    {{ share('most.ready', 'most.people') }} as ready_share,
    most.blocked_performance,
    most.blocked_assessment_missing,
    most.blocked_jpm,
    most.blocked_discipline,
    most.blocked_box,
    case
        when most.most_blocked = 0 then null
        when most.blocked_performance = most.most_blocked then 'performance'
        when most.blocked_assessment_missing = most.most_blocked then 'assessment_missing'
        when most.blocked_jpm = most.most_blocked then 'jpm'
        when most.blocked_discipline = most.most_blocked then 'discipline'
        else 'box'
    end as most_frequent_blocker,
    most.is_carried_forward
from most
left join agency on most.agency_code = agency.agency_code
