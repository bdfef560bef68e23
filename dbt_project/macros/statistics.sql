{#- Arithmetic that gives the same bytes on every run and every engine. -#}

{#- Round half up (away from zero) to `digits` decimals; the result is a double. -#}
{% macro round_half_up(expression, digits=0) -%}
    cast(round({{ to_decimal(expression, 28, 10) }}, {{ digits }}) as {{ type_double() }})
{%- endmacro %}

{#- Sum of doubles that does not depend on the order of the rows: added as decimals, 8 places. -#}
{% macro exact_sum(expression) -%}
    cast(sum({{ to_decimal(expression, 28, 8) }}) as {{ type_double() }})
{%- endmacro %}

{#- Mean of doubles that does not depend on the order of the rows; null over nothing. -#}
{% macro exact_mean(expression) -%}
    {{ exact_sum(expression) }} / nullif(count({{ expression }}), 0)
{%- endmacro %}

{#- numerator / denominator as a share 0–1 (double); null when the denominator is 0 or null. -#}
{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }}) / nullif({{ denominator }}, 0)
{%- endmacro %}

{#- Percentile (0–1) of doubles with linear interpolation, to eight decimals so that engines that
    interpolate in another order agree; nulls are left out. -#}
{% macro percentile(expression, fraction) -%}
    cast(cast(
        percentile_cont({{ fraction }}) within group (order by cast({{ expression }} as {{ type_double() }}))
        as decimal(28, 8)
    ) as {{ type_double() }})
{%- endmacro %}
