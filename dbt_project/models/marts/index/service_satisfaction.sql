{% set means = [] %}
{% for u in service_elements() %}{% do means.append('this_year.nrr_' ~ u) %}{% endfor %}

with

this_year as (
    select * from {{ ref('int_service_satisfaction__year') }} where years_ago = 0
),

last_year as (
    select * from {{ ref('int_service_satisfaction__year') }} where years_ago = 1
),

agency as (
    select * from {{ ref('dim_agency') }}
),

named as (
    select
        agency_code,
        service_code,
        service_name,
        count(*) as answers
    from {{ ref('fct_service_satisfaction') }}
    group by agency_code, service_code, service_name
),

-- Where one code has several names, the one on most answers.
service as (
    select
        agency_code,
        service_code,
        service_name,
        row_number() over (
            partition by agency_code, service_code
            order by answers desc, service_name asc
        ) as name_rank
    from named
),

grade as (
    select rule_band.* from {{ ref('rule_band') }} as rule_band
    where rule_band.rule_set = 'service_grade' and {{ in_force('rule_band') }}
),

lowest as (
    select
        this_year.*,
        least({{ means | join(', ') }}) as lowest_mean,
        {{ round_half_up('this_year.ikm', 2) }} as ikm_rounded
    from this_year
)

select
    {{ period_first_day() }} as period,
    lowest.agency_code,
    agency.agency_name,
    lowest.service_code,
    service.service_name,
    (lowest.service_code is null) as is_total,
    lowest.respondents,
    cast(lowest.elements_asked as integer) as elements_asked,
    {%- for u in service_elements() %}
    lowest.nrr_{{ u }},
    {%- endfor %}
    lowest.ikm,
    grade.code as grade,
    grade.label_id as grade_name,
    case
        {%- for u in service_elements() %}
        when lowest.nrr_{{ u }} = lowest.lowest_mean then '{{ u | upper }}'
        {%- endfor %}
    end as lowest_element,
    last_year.ikm as ikm_last_year
from lowest
left join agency on lowest.agency_code = agency.agency_code
left join service
    on
        lowest.agency_code = service.agency_code
        and lowest.service_code = service.service_code
        and service.name_rank = 1
left join grade on {{ in_band('lowest.ikm_rounded', 'grade') }}
left join last_year
    on
        lowest.agency_code is not distinct from last_year.agency_code
        and lowest.service_code is not distinct from last_year.service_code
