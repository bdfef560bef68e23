{% set dimensions = ['qualification', 'competency', 'performance', 'discipline'] %}
{% set categories = ['very_high', 'high', 'medium', 'low', 'very_low'] %}

with

person as (
    select * from {{ ref('professionalism_person') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

category as (
    select rule_band.* from {{ ref('rule_band') }} as rule_band
    where rule_band.rule_set = 'ip_category' and {{ in_force('rule_band') }}
),

grouped as (
    select
        agency_code,
        employment_status,
        {{ count_where('true') }} as people,
        {{ count_where('is_measured') }} as measured,
        {{ exact_mean('ip_asn') }} as ip_asn,
        {%- for dimension in dimensions %}
        {{ exact_mean('case when is_measured then ' ~ dimension ~ ' end') }} as {{ dimension }},
        {%- endfor %}
        {%- for code in categories %}
        {{ count_where("category = '" ~ code ~ "'") }} as {{ code }},
        {%- endfor %}
        bool_or(is_carried_forward) as is_carried_forward
    from person
    group by cube (agency_code, employment_status)
    having count(*) > 0
)

select
    {{ period_first_day() }} as period,
    grouped.agency_code,
    agency.agency_name,
    grouped.employment_status,
    (grouped.agency_code is null or grouped.employment_status is null) as is_total,
    grouped.people,
    grouped.measured,
    {{ share('grouped.measured', 'grouped.people') }} as measured_share,
    grouped.ip_asn,
    {%- for dimension in dimensions %}
    grouped.{{ dimension }},
    {%- endfor %}
    category.code as category,
    {%- for code in categories %}
    grouped.{{ code }},
    {%- endfor %}
    true as is_estimate,
    grouped.is_carried_forward
from grouped
left join agency on grouped.agency_code = agency.agency_code
left join category on {{ in_band('grouped.ip_asn', 'category') }}
