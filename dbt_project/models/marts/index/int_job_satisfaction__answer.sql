{{ config(schema='core') }}

with

parameter as (
    select
        {{ rule_value('survey', 'window_months') }} as window_months,
        {{ rule_value('job_satisfaction', 'scale_minimum') }} as scale_minimum,
        {{ rule_value('job_satisfaction', 'scale_maximum') }} as scale_maximum
),

agency as (
    select * from {{ ref('dim_agency') }}
),

turned as (
    select
        {{ years_ago('answer.source_period', 'parameter.window_months') }} as years_ago,
        answer.agency_code,
        answer.respondent_key,
        answer.item,
        case
            when answer.is_reversed
                then parameter.scale_minimum + parameter.scale_maximum - answer.score
            else cast(answer.score as {{ type_double() }})
        end as score
    from {{ ref('fct_job_satisfaction') }} as answer
    inner join agency on answer.agency_code = agency.agency_code
    cross join parameter
    where answer.score is not null
)

select
    turned.years_ago,
    turned.agency_code,
    turned.respondent_key,
    turned.item,
    turned.score
from turned
where turned.years_ago in (0, 1)
