{#- Reading effective-dated rule rows. -#}

{#- True for a rule row in force on the last day of the report period (both ends included). -#}
{% macro in_force(alias) -%}
    ({{ alias }}.valid_from <= {{ period_last_day() }}
    and ({{ alias }}.valid_to is null or {{ alias }}.valid_to >= {{ period_last_day() }}))
{%- endmacro %}

{#- The value of a rule parameter in force, as a scalar subquery (double). -#}
{% macro rule_value(rule_set, name) -%}
    (
        select max(p.value)
        from {{ ref('rule_parameter') }} as p
        where p.rule_set = '{{ rule_set }}' and p.name = '{{ name }}' and {{ in_force('p') }}
    )
{%- endmacro %}

{#- The same as an integer, for counts of months, years and people. -#}
{% macro rule_integer(rule_set, name) -%}
    cast({{ rule_value(rule_set, name) }} as integer)
{%- endmacro %}

{#- True where `value` lies in the half-open band of the row `alias` of rule_band:
    [lower, upper) when the lower bound is inclusive, (lower, upper] otherwise; null is open. -#}
{% macro in_band(value, alias) -%}
    ({{ alias }}.lower_bound is null
    or {{ value }} > {{ alias }}.lower_bound
    or ({{ alias }}.is_lower_inclusive and {{ value }} = {{ alias }}.lower_bound))
    and ({{ alias }}.upper_bound is null
    or {{ value }} < {{ alias }}.upper_bound
    or (not {{ alias }}.is_lower_inclusive and {{ value }} = {{ alias }}.upper_bound))
{%- endmacro %}

{#- Left-join condition that finds the band of `value` in a rule set (a name or an expression). -#}
{% macro band_join(value, rule_set, alias) -%}
    {{ alias }}.rule_set = {{ rule_set }} and {{ in_force(alias) }} and {{ in_band(value, alias) }}
{%- endmacro %}

{#- A number as text that reads the same on every engine: at most four decimals, no trailing zeros. -#}
{% macro number_text(expression) -%}
    trim(trailing '.' from trim(
        trailing '0' from cast({{ to_decimal(expression, 18, 4) }} as {{ dbt.type_string() }})
    ))
{%- endmacro %}

{#- The bounds of a rule_band row as text, e.g. '>= 68; < 80'. -#}
{% macro band_text() -%}
    coalesce(
        case when is_lower_inclusive then '>= ' else '> ' end || {{ number_text('lower_bound') }}, ''
    )
    || case when lower_bound is null or upper_bound is null then '' else '; ' end
    || coalesce(
        case when is_lower_inclusive then '< ' else '<= ' end || {{ number_text('upper_bound') }}, ''
    )
{%- endmacro %}
