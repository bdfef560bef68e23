{% set components = ['basic', 'technical', 'managerial', 'sociocultural'] %}

with applicants as (
    select * from {{ ref('int_workforce__applicant') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

grouped as (
    select
        agency_code,
        track,
        position_level,
        {{ count_where('true') }} as applicants,
        {{ count_where('has_passed_administration') }} as passed_administration,
        {{ count_where('has_passed_finally') }} as hired,
        {{ count_where('not has_passed_finally') }} as not_hired,
        {%- for component in components %}
        {{ exact_mean('case when has_passed_finally then ' ~ component ~ '_score end') }}
            as {{ component }}_mean_hired,
        {{ exact_mean('case when not has_passed_finally then ' ~ component ~ '_score end') }}
            as {{ component }}_mean_not_hired,
        {%- endfor %}
        {{ count_where('has_passed_finally and is_below_standard is not null') }} as hired_measured,
        {{ count_where('has_passed_finally and is_below_standard') }} as hired_below_standard
    from applicants
    group by cube (agency_code, track, position_level)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    grouped.agency_code,
    agencies.agency_name,
    grouped.track,
    grouped.position_level,
    (
        grouped.agency_code is null or grouped.track is null or grouped.position_level is null
    ) as is_total,
    grouped.applicants,
    grouped.passed_administration,
    {{ share('grouped.passed_administration', 'grouped.applicants') }} as passed_administration_share,
    grouped.hired,
    grouped.not_hired,
    {{ share('grouped.hired', 'grouped.hired + grouped.not_hired') }} as hired_share,
    {%- for component in components %}
    grouped.{{ component }}_mean_hired,
    grouped.{{ component }}_mean_not_hired,
    {%- endfor %}
    grouped.hired_measured,
    case when grouped.hired_measured > 0 then grouped.hired_below_standard end as hired_below_standard,
    {{ share('grouped.hired_below_standard', 'grouped.hired_measured') }} as hired_below_standard_share
from grouped
left join agencies on grouped.agency_code = agencies.agency_code
