with

this_year as (
    select * from {{ ref('int_job_satisfaction__year') }} where years_ago = 0
),

last_year as (
    select * from {{ ref('int_job_satisfaction__year') }} where years_ago = 1
),

alpha as (
    select * from {{ ref('int_job_satisfaction__alpha') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
)

select
    {{ period_first_day() }} as period,
    this_year.agency_code,
    agency.agency_name,
    (this_year.agency_code is null) as is_total,
    this_year.respondents,
    this_year.score,
    alpha.cronbach_alpha,
    coalesce(alpha.items, 0) as alpha_items,
    coalesce(alpha.respondents, 0) as alpha_respondents,
    last_year.score as score_last_year,
    this_year.score - last_year.score as change
from this_year
left join last_year on this_year.agency_code is not distinct from last_year.agency_code
left join alpha on this_year.agency_code is not distinct from alpha.agency_code
left join agency on this_year.agency_code = agency.agency_code
