{{ config(schema='core') }}

with

agency as (
    select * from {{ ref('dim_agency') }}
),

score as (
    select
        agency_code,
        person_key,
        performance_score,
        potential_score
    from {{ ref('int_talent__score') }}
),

threshold_row as (
    select rule_talent_threshold.*
    from {{ ref('rule_talent_threshold') }} as rule_talent_threshold
    where {{ in_force('rule_talent_threshold') }}
),

box_row as (
    select rule_matrix.* from {{ ref('rule_matrix') }} as rule_matrix
    where rule_matrix.rule_set = 'talent_box' and {{ in_force('rule_matrix') }}
),

-- The agency's own thresholds where it has set them, the default ones otherwise.
threshold as (
    select
        agency.agency_code,
        fallback.axis,
        coalesce(own.lower_bound, fallback.lower_bound) as lower_bound,
        coalesce(own.upper_bound, fallback.upper_bound) as upper_bound
    from agency
    inner join threshold_row as fallback on fallback.agency_code is null
    left join threshold_row as own
        on agency.agency_code = own.agency_code and fallback.axis = own.axis
),

categorised as (
    select
        score.*,
        case
            when score.performance_score >= performance_threshold.upper_bound then 'above'
            when score.performance_score >= performance_threshold.lower_bound then 'meets'
            when score.performance_score is not null then 'below'
        end as performance_category,
        case
            when score.potential_score >= potential_threshold.upper_bound then 'high'
            when score.potential_score >= potential_threshold.lower_bound then 'medium'
            when score.potential_score is not null then 'low'
        end as potential_category
    from score
    inner join threshold as performance_threshold
        on
            score.agency_code = performance_threshold.agency_code
            and performance_threshold.axis = 'performance'
    inner join threshold as potential_threshold
        on
            score.agency_code = potential_threshold.agency_code
            and potential_threshold.axis = 'potential'
)

select
    categorised.agency_code,
    categorised.person_key,
    categorised.performance_category,
    categorised.potential_category,
    cast(box_row.result_code as integer) as box
from categorised
left join box_row
    on
        categorised.performance_category = box_row.row_code
        and categorised.potential_category = box_row.column_code
