{#- Statistics of the marts that give the same bits whatever order the engine reads the rows in:
    doubles are added as decimals, because a sum of doubles depends on the order of addition. -#}

{% macro exact_sum(expression, scale=6) -%}
    cast(sum(cast({{ expression }} as decimal(18, {{ scale }}))) as {{ dbt.type_float() }})
{%- endmacro %}

{#- Mean of the non-null values; null over no case. -#}
{% macro exact_mean(expression, scale=6) -%}
    ({{ exact_sum(expression, scale) }} / nullif(count({{ expression }}), 0))
{%- endmacro %}

{#- Sample variance times n (n - 1), computed without cancellation: n Σx² − (Σx)². Values below
    a million, read to six decimals; exactly 0 when all values are equal. -#}
{% macro exact_scatter(expression) -%}
    cast(
        cast(count({{ expression }}) as decimal(10, 0))
        * cast(
            sum(cast({{ expression }} as decimal(18, 6)) * cast({{ expression }} as decimal(18, 6)))
            as decimal(26, 12)
        )
        - cast(sum(cast({{ expression }} as decimal(18, 6))) as decimal(18, 6))
        * cast(sum(cast({{ expression }} as decimal(18, 6))) as decimal(18, 6))
        as {{ dbt.type_float() }}
    )
{%- endmacro %}

{#- Sample standard deviation (n − 1); null below two cases. -#}
{% macro exact_stddev(expression) -%}
    sqrt(
        {{ exact_scatter(expression) }}
        / nullif(
            cast(count({{ expression }}) as {{ dbt.type_float() }})
            * (count({{ expression }}) - 1), 0
        )
    )
{%- endmacro %}

{#- A share 0–1 of two counts as a double; null over no case. -#}
{% macro share(part, whole) -%}
    (cast({{ part }} as {{ dbt.type_float() }}) / nullif({{ whole }}, 0))
{%- endmacro %}

{#- Number of rows that meet a condition, as a bigint; 0 when none does. -#}
{% macro count_where(condition) -%}
    cast(count(case when {{ condition }} then 1 end) as {{ dbt.type_bigint() }})
{%- endmacro %}

{#- Weighted mean of the terms that have a value: terms is a list of [score, weight] column names.
    Null where no term has a value. -#}
{% macro weighted_mean(terms) -%}
    (
        {%- for score, weight in terms %}
        {{ '+ ' if not loop.first }}coalesce({{ score }} * {{ weight }}, 0)
        {%- endfor %}
    ) / nullif({{ available_weight(terms) }}, 0)
{%- endmacro %}

{#- Sum of the weights of the terms that have a value; 0 when none has. -#}
{% macro available_weight(terms) -%}
    (
        {%- for score, weight in terms %}
        {{ '+ ' if not loop.first }}case when {{ score }} is not null then {{ weight }} else 0 end
        {%- endfor %}
    )
{%- endmacro %}
