{% set axes = ['performance', 'potential'] %}

with

person as (
    select * from {{ ref('dim_person') }} where is_counted
),

agency as (
    select * from {{ ref('dim_agency') }}
),

score as (
    select * from {{ ref('int_talent__score') }}
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

action_row as (
    select rule_action.* from {{ ref('rule_action') }} as rule_action
    where rule_action.rule_set = 'talent_action' and {{ in_force('rule_action') }}
),

parameter as (
    select {{ rule_value('talent', 'pool_minimum_box') }} as minimum_box
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
    {%- for axis in axes %}
    inner join threshold as {{ axis }}_threshold
        on
            score.agency_code = {{ axis }}_threshold.agency_code
            and {{ axis }}_threshold.axis = '{{ axis }}'
    {%- endfor %}
),

boxed as (
    select
        categorised.*,
        cast(box_row.result_code as integer) as box
    from categorised
    left join box_row
        on
            categorised.performance_category = box_row.row_code
            and categorised.potential_category = box_row.column_code
)

select
    person.period,
    person.agency_code,
    agency.agency_name,
    person.person_key,
    person.employment_status,
    person.position_level,
    person.position_code,
    person.unit_code,
    person.region_code,
    person.is_remote_region,
    person.education_level,
    person.sex,
    person.age_band,
    person.service_years,
    {%- for axis in axes %}
    {%- for column in talent_components(axis) %}
    boxed.{{ column }}_score,
    boxed.{{ column }}_weight,
    {%- endfor %}
    boxed.{{ axis }}_score,
    boxed.{{ axis }}_weight_available,
    {%- endfor %}
    boxed.weight_available,
    boxed.is_complete,
    boxed.performance_category,
    boxed.potential_category,
    boxed.box,
    boxed.talent_score,
    action_row.action_id as recommended_action,
    (coalesce(boxed.box, 0) >= parameter.minimum_box) as in_talent_pool,
    person.is_carried_forward
from person
cross join parameter
inner join boxed
    on person.agency_code = boxed.agency_code and person.person_key = boxed.person_key
inner join agency on person.agency_code = agency.agency_code
left join action_row on cast(boxed.box as {{ dbt.type_string() }}) = action_row.code
