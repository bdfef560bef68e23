{% set form_groups = [
    'classical', 'e_learning', 'on_the_job', 'mentoring_coaching', 'community',
    'other_nonclassical', 'seminar'
] %}

with

person_year as (
    select * from {{ ref('int_learning__person_year') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

grouped as (
    select
        agency_code,
        employment_status,
        position_level,
        {{ count_where('true') }} as people,
        {{ count_where('is_reported') }} as people_reported,
        {{ exact_sum('hours') }} as hours_total,
        {{ exact_mean('hours') }} as hours_mean,
        {{ percentile('hours', 0.5) }} as hours_median,
        {{ count_where('is_reported and floor_hours is not null') }} as floor_people,
        {{ count_where('hours >= floor_hours') }} as floor_reached,
        {{ count_where('is_reported and ceiling_hours is not null') }} as ceiling_people,
        {{ count_where('hours > ceiling_hours') }} as ceiling_passed,
        {{ count_where('hours = 0') }} as no_hours,
        {%- for form_group in form_groups %}
        {{ exact_sum('hours_' ~ form_group) }} as {{ form_group }},
        {%- endfor %}
        bool_or(is_carried_forward) as is_carried_forward
    from person_year
    group by cube (agency_code, employment_status, position_level)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    grouped.agency_code,
    agency.agency_name,
    grouped.employment_status,
    grouped.position_level,
    (
        grouped.agency_code is null
        or grouped.employment_status is null
        or grouped.position_level is null
    ) as is_total,
    grouped.people,
    grouped.people_reported,
    grouped.hours_total,
    grouped.hours_mean,
    grouped.hours_median,
    grouped.floor_people,
    case when grouped.floor_people > 0 then grouped.floor_reached end as reached_20,
    {{ share('grouped.floor_reached', 'grouped.floor_people') }} as reached_20_share,
    grouped.ceiling_people,
    case when grouped.ceiling_people > 0 then grouped.ceiling_passed end as over_24,
    {{ share('grouped.ceiling_passed', 'grouped.ceiling_people') }} as over_24_share,
    case when grouped.people_reported > 0 then grouped.no_hours end as no_learning,
    {{ share('grouped.no_hours', 'grouped.people_reported') }} as no_learning_share,
    {%- for form_group in form_groups %}
    grouped.{{ form_group }},
    {%- endfor %}
    grouped.is_carried_forward
from grouped
left join agency on grouped.agency_code = agency.agency_code
