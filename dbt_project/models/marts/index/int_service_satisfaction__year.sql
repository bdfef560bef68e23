{{ config(schema='core') }}

with

parameter as (
    select
        {{ rule_value('survey', 'window_months') }} as window_months,
        {{ rule_value('service_satisfaction', 'base_value') }} as base_value
),

agency as (
    select * from {{ ref('dim_agency') }}
),

-- A sheet without any answer is no respondent.
answer as (
    select
        {{ years_ago('sheet.source_period', 'parameter.window_months') }} as years_ago,
        sheet.agency_code,
        sheet.service_code,
        sheet.{{ service_elements() | join(',\n        sheet.') }}
    from {{ ref('fct_service_satisfaction') }} as sheet
    inner join agency on sheet.agency_code = agency.agency_code
    cross join parameter
    where coalesce(sheet.{{ service_elements() | join(', sheet.') }}) is not null
),

grouped as (
    select
        years_ago,
        agency_code,
        service_code,
        count(*) as respondents,
        {{- service_sums() }}
    from answer
    where years_ago in (0, 1)
    group by grouping sets (
        (years_ago, agency_code, service_code),
        (years_ago, agency_code),
        (years_ago)
    )
)

select
    grouped.years_ago,
    grouped.agency_code,
    grouped.service_code,
    grouped.respondents,
    {{ service_elements_asked() }} as elements_asked,
    {%- for u in service_elements() %}
    grouped.sum_{{ u }} / nullif(grouped.asked_{{ u }}, 0) as nrr_{{ u }},
    {%- endfor %}
    {{ service_index('parameter.base_value') }} as ikm
from grouped
cross join parameter
