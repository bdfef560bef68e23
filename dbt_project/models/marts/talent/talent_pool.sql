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

boxed as (
    select * from {{ ref('int_talent__box') }}
),

action_row as (
    select rule_action.* from {{ ref('rule_action') }} as rule_action
    where rule_action.rule_set = 'talent_action' and {{ in_force('rule_action') }}
),

parameter as (
    select {{ rule_value('talent', 'pool_minimum_box') }} as minimum_box
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
    score.{{ column }}_score,
    score.{{ column }}_weight,
    {%- endfor %}
    score.{{ axis }}_score,
    score.{{ axis }}_weight_available,
    {%- endfor %}
    score.weight_available,
    score.is_complete,
    boxed.performance_category,
    boxed.potential_category,
    boxed.box,
    score.talent_score,
    action_row.action_id as recommended_action,
    (coalesce(boxed.box, 0) >= parameter.minimum_box) as in_talent_pool,
    person.is_carried_forward
from person
cross join parameter
inner join score
    on person.agency_code = score.agency_code and person.person_key = score.person_key
inner join boxed
    on person.agency_code = boxed.agency_code and person.person_key = boxed.person_key
inner join agency on person.agency_code = agency.agency_code
left join action_row on cast(boxed.box as {{ dbt.type_string() }}) = action_row.code
