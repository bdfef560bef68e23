{#- Statistics of the marts that do not depend on the order in which an engine reads the rows. -#}

{#- Mean of ratios (values below 10^14), added with fourteen decimals; null over no case. -#}
{% macro exact_ratio_mean(expression) -%}
    (
        cast(sum({{ to_decimal(expression, 28, 14) }}) as {{ type_double() }})
        / nullif(count({{ expression }}), 0)
    )
{%- endmacro %}

{#- Sample standard deviation (n − 1) of values below a million, read to six decimals; null below
    two cases. From n Σx² − (Σx)² in decimals, so that equal values give exactly 0. One factor has
    19 digits: DuckDB would keep a product of two with 18 in 64 bits, Spark cannot hold two of 19. -#}
{% macro exact_stddev(expression) -%}
    sqrt(
        cast(
            cast(count({{ expression }}) as decimal(10, 0))
            * cast(
                sum({{ to_decimal(expression, 18, 6) }} * {{ to_decimal(expression, 19, 6) }})
                as decimal(26, 12)
            )
            - cast(sum({{ to_decimal(expression, 18, 6) }}) as decimal(18, 6))
            * cast(sum({{ to_decimal(expression, 18, 6) }}) as decimal(19, 6))
            as {{ type_double() }}
        )
        / nullif(
            cast(count({{ expression }}) as {{ type_double() }}) * (count({{ expression }}) - 1), 0
        )
    )
{%- endmacro %}

{#- Number of rows that meet a condition, as a bigint; 0 when none does. -#}
{% macro count_where(condition) -%}
    cast(count(case when {{ condition }} then 1 end) as {{ dbt.type_bigint() }})
{%- endmacro %}

{#- Weighted mean of the terms that have a value: terms is a list of [score, weight] columns.
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

{#- Sum of the weights of all terms, with a value or without. -#}
{% macro whole_weight(terms) -%}
    ({{ terms | map('last') | join(' + ') }})
{%- endmacro %}

{#- The 0.975 quantile of Student's t at whole degrees of freedom `df`: exact for those of the seed,
    above it by the Cornish-Fisher expansion in 1/df about the normal quantile `z` (error below
    10^-11). `row` is the alias of stat_t_quantile joined on df; null below one degree. -#}
{% macro t_quantile(df, row, z) -%}
    {%- set nu = 'cast(' ~ df ~ ' as ' ~ type_double() ~ ')' -%}
    case
        when {{ row }}.t_975 is not null then {{ row }}.t_975
        when {{ df }} > 200
            then
                {{ z }}
                + ({{ odd_powers(z, [1, 1]) }}) / (4 * {{ nu }})
                + ({{ odd_powers(z, [3, 16, 5]) }}) / (96 * {{ nu }} * {{ nu }})
                + ({{ odd_powers(z, [-15, 17, 19, 3]) }}) / (384 * {{ nu }} * {{ nu }} * {{ nu }})
                + ({{ odd_powers(z, [-945, -1920, 1482, 776, 79]) }})
                / (92160 * {{ nu }} * {{ nu }} * {{ nu }} * {{ nu }})
    end
{%- endmacro %}

{#- c[0] z + c[1] z³ + c[2] z⁵ + … -#}
{% macro odd_powers(z, coefficients) -%}
    {%- for c in coefficients -%}
        {{ ' + ' if not loop.first }}({{ c }}.0e0) * {{ ([z] * (2 * loop.index0 + 1)) | join(' * ') }}
    {%- endfor -%}
{%- endmacro %}

{#- The normal quantile of the seed's last row, as a scalar subquery. -#}
{% macro z_quantile() -%}
    (
        select min(t_row.t_975)
        from {{ ref('stat_t_quantile') }} as t_row
    )
{%- endmacro %}

{#- Sum of ratios and of products of any size, added with fourteen decimals; null over no case. -#}
{% macro exact_ratio_sum(expression) -%}
    cast(sum({{ to_decimal(expression, 38, 14) }}) as {{ type_double() }})
{%- endmacro %}

{#- Sum of squared distances from the mean, from n, Σx and Σx²: exact for whole numbers. -#}
{% macro square_sum(n, total, squares) -%}
    ({{ squares }} - {{ total }} * {{ total }} / nullif({{ n }}, 0))
{%- endmacro %}
