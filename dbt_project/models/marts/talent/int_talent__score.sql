{{ config(schema='core') }}

{% set axes = ['performance', 'potential'] %}

with

component as (
    select * from {{ ref('int_talent__component') }}
),

weight_row as (
    select rule_weight.* from {{ ref('rule_weight') }} as rule_weight
    where rule_weight.rule_set = 'talent' and {{ in_force('rule_weight') }}
),

weight as (
    select
        {%- for axis in axes %}
        {%- for column, code in talent_components(axis).items() %}
        max(case when axis = '{{ axis }}' and component = '{{ code }}' then weight end)
            as {{ column }}_weight,
        {%- endfor %}
        {%- endfor %}
        max(case when axis = 'talent' and component = 'performance' then weight end) as y_weight,
        max(case when axis = 'talent' and component = 'potential' then weight end) as x_weight
    from weight_row
),

weighed as (
    select
        component.*,
        {%- for axis in axes %}
        {%- for column in talent_components(axis) %}
        weight.{{ column }}_weight,
        {%- endfor %}
        {%- endfor %}
        {%- for axis in axes %}
        {{ round_half_up(weighted_mean(talent_terms(axis)), 6) }} as {{ axis }}_score,
        {{ available_weight(talent_terms(axis)) }} as {{ axis }}_weight_given,
        {{ whole_weight(talent_terms(axis)) }} as {{ axis }}_weight_whole,
        {%- endfor %}
        weight.y_weight,
        weight.x_weight
    from component
    cross join weight
)

select
    period,
    agency_code,
    person_key,
    {%- for axis in axes %}
    {%- for column in talent_components(axis) %}
    {{ column }}_score,
    {{ column }}_weight,
    {%- endfor %}
    {{ axis }}_score,
    {{ axis }}_weight_given / {{ axis }}_weight_whole as {{ axis }}_weight_available,
    {%- endfor %}
    (
        y_weight * performance_weight_given / performance_weight_whole
        + x_weight * potential_weight_given / potential_weight_whole
    ) / (y_weight + x_weight) as weight_available,
    (
        performance_weight_given = performance_weight_whole
        and potential_weight_given = potential_weight_whole
    ) as is_complete,
    (y_weight * performance_score + x_weight * potential_score)
    / (y_weight + x_weight) as talent_score
from weighed
