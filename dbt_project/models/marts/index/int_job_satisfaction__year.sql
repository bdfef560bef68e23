{{ config(schema='core') }}

with

answer as (
    select * from {{ ref('int_job_satisfaction__answer') }}
),

parameter as (
    select
        {{ rule_value('job_satisfaction', 'scale_minimum') }} as scale_minimum,
        {{ rule_value('job_satisfaction', 'scale_maximum') }} as scale_maximum
),

-- Each respondent weighs the same, however many items were answered.
respondent as (
    select
        years_ago,
        agency_code,
        respondent_key,
        {{ exact_mean('score') }} as item_mean
    from answer
    group by years_ago, agency_code, respondent_key
),

grouped as (
    select
        years_ago,
        agency_code,
        count(*) as respondents,
        {{ exact_ratio_mean('item_mean') }} as item_mean
    from respondent
    group by grouping sets ((years_ago, agency_code), (years_ago))
)

select
    grouped.years_ago,
    grouped.agency_code,
    grouped.respondents,
    (grouped.item_mean - parameter.scale_minimum)
    / (parameter.scale_maximum - parameter.scale_minimum) * 100 as score
from grouped
cross join parameter
