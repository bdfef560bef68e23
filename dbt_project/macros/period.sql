{#- The report period and the moment of knowledge, as literals computed when dbt renders. -#}

{#- First day of the report period (var `period`, 'YYYY-MM-01') as a Python date. -#}
{% macro _period_date() -%}
    {%- set given = var('period', none) -%}
    {%- if given is none and execute -%}
        {{ exceptions.raise_compiler_error("Give the report period: --vars '{period: \"2026-10-01\", as_of: \"2026-11-10 00:00:00\"}'") }}
    {%- endif -%}
    {{ return(modules.datetime.date.fromisoformat((given or '1970-01-01') | string).replace(day=1)) }}
{%- endmacro %}

{#- First day of the month that lies `months` after the report period (negative: before it). -#}
{% macro period_first_day(months=0) -%}
    {%- set first = _period_date() -%}
    {%- set index = first.year * 12 + first.month - 1 + months -%}
    date '{{ modules.datetime.date(index // 12, index % 12 + 1, 1).isoformat() }}'
{%- endmacro %}

{#- Last day of the report period, or of the month `months` after it. -#}
{% macro period_last_day(months=0) -%}
    {%- set first = _period_date() -%}
    {%- set index = first.year * 12 + first.month + months -%}
    {%- set next_month = modules.datetime.date(index // 12, index % 12 + 1, 1) -%}
    date '{{ (next_month - modules.datetime.timedelta(days=1)).isoformat() }}'
{%- endmacro %}

{#- First day of the calendar year of the report period. -#}
{% macro period_year_start() -%}
    date '{{ _period_date().year }}-01-01'
{%- endmacro %}

{#- Calendar year of the report period as an integer literal. -#}
{% macro period_year() -%}
    {{ _period_date().year }}
{%- endmacro %}

{#- The report period as the lake writes it: 'YYYY-MM'. -#}
{% macro period_text() -%}
    '{{ _period_date().isoformat()[:7] }}'
{%- endmacro %}

{#- Submissions received later than this moment (UTC, var `as_of`) do not exist for the build. -#}
{% macro as_of() -%}
    {%- set given = var('as_of', none) -%}
    {%- if given is none and execute -%}
        {{ exceptions.raise_compiler_error("Give the moment of knowledge: var as_of, 'YYYY-MM-DD HH:MM:SS' in UTC") }}
    {%- endif -%}
    cast('{{ given or "1970-01-01 00:00:00" }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}

{#- A lake partition 'YYYY-MM' as the first day of that month. -#}
{% macro month_start(period_column) -%}
    cast({{ period_column }} || '-01' as date)
{%- endmacro %}

{#- Add a number of months (an expression) to a date; the 31st becomes the month's last day. -#}
{% macro add_months(date_expression, months) -%}
    cast({{ dbt.dateadd('month', months, date_expression) }} as date)
{%- endmacro %}

{#- Add a number of years (an expression) to a date; 29 February becomes 28 February. -#}
{% macro add_years(date_expression, years) -%}
    cast({{ dbt.dateadd('year', years, date_expression) }} as date)
{%- endmacro %}

{#- A date from integer expressions. -#}
{% macro make_date(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}
