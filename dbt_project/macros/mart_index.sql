{#- The nine elements of the public service survey: columns u1 … u9. -#}
{% macro service_elements() -%}
    {{ return(['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8', 'u9']) }}
{%- endmacro %}

{#- Sum of the answers to each element and their number, as columns sum_u1, asked_u1 …; integers. -#}
{% macro service_sums() -%}
    {%- for u in service_elements() %}
        cast(sum({{ u }}) as {{ type_double() }}) as sum_{{ u }},
        count({{ u }}) as asked_{{ u }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Number of elements that anybody answered, from columns asked_u1 …. -#}
{% macro service_elements_asked() -%}
    (
        {%- for u in service_elements() %}
        {{ '+ ' if not loop.first }}case when asked_{{ u }} > 0 then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}

{#- IKM from columns sum_u1, asked_u1 …: the mean of the element means (weights exactly 1/n of the
    elements asked) times the base value. PermenPANRB 14/2017. Null where nothing was asked. -#}
{% macro service_index(base_value) -%}
    (
        {%- for u in service_elements() %}
        {{ '+ ' if not loop.first }}coalesce(sum_{{ u }} / nullif(asked_{{ u }}, 0), 0)
        {%- endfor %}
    ) / nullif({{ service_elements_asked() }}, 0) * {{ base_value }}
{%- endmacro %}

{#- Years before the report period to which a month belongs, in windows of `months` that end with
    the report period: 0 is the current one, 1 the one before. -#}
{% macro years_ago(month, months) -%}
    cast(floor(
        cast({{ dbt.datediff(month, period_first_day(), 'month') }} as {{ type_double() }}) / {{ months }}
    ) as integer)
{%- endmacro %}
