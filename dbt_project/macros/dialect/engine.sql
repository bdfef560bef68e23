{#- What differs between engines, and is no part of any model. -#}

{#- Limits of an embedded engine from the environment: ASN_THREADS caps its worker threads. -#}
{% macro set_engine_limits() -%}
    {{ return(adapter.dispatch('set_engine_limits', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__set_engine_limits() -%}{%- endmacro %}

{% macro duckdb__set_engine_limits() -%}
    {%- if env_var('ASN_THREADS', '') -%}
        set threads = {{ env_var('ASN_THREADS') | int }}
    {%- endif -%}
{%- endmacro %}

{#- Files that the engine itself wrote are read by columns; of the lake's it cannot read all so. -#}
{% macro read_own_files() -%}
    {{ return(adapter.dispatch('read_own_files', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__read_own_files() -%}{%- endmacro %}

{% macro spark__read_own_files() -%}
    {%- if model.config.schema != 'staging' -%}
        set spark.sql.parquet.enableVectorizedReader = true
    {%- endif -%}
{%- endmacro %}

{#- What a server must know of a new table before it plans a query over it. -#}
{% macro analyse_table() -%}
    {{ return(adapter.dispatch('analyse_table', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__analyse_table() -%}{%- endmacro %}

{% macro postgres__analyse_table() -%}
    {%- if model.config.materialized in ('table', 'seed') -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}

{#- On a server that others read: nobody but whoever computes sees a row of a candidate, from the
    moment it is there, be the build killed after it. `asn grant` declares the same policy; without
    the role that it makes there is nobody to keep out. -#}
{% macro protect_table() -%}
    {{ return(adapter.dispatch('protect_table', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__protect_table() -%}{%- endmacro %}

{% macro postgres__protect_table() -%}
    {%- if execute and target.role -%}
        {%- if model.config.materialized == 'view' -%}
            alter view {{ this }} set (security_invoker = true)
        {%- elif 'agency_code' in adapter.get_columns_in_relation(this) | map(attribute='name') -%}
            alter table {{ this }} enable row level security;
            alter table {{ this }} force row level security;
            drop policy if exists asn_works on {{ this }};
            create policy asn_works on {{ this }}
                to {{ adapter.quote(target.role) }} using (true) with check (true)
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The eight-byte floating type. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__type_double() -%}double{%- endmacro %}

{% macro postgres__type_double() -%}double precision{%- endmacro %}

{#- A number as an exact decimal. PostgreSQL would keep fifteen digits of a double: its shortest text
    that reads back as the same double has all of them. -#}
{% macro to_decimal(expression, precision, scale) -%}
    {{ return(adapter.dispatch('to_decimal', 'asn_warehouse')(expression, precision, scale)) }}
{%- endmacro %}

{% macro default__to_decimal(expression, precision, scale) -%}
    cast({{ expression }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro postgres__to_decimal(expression, precision, scale) -%}
    cast(cast({{ expression }} as text) as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{#- The texts of a group in alphabetical order, joined by ';'; null over none. -#}
{% macro ordered_list(expression) -%}
    {{ return(adapter.dispatch('ordered_list', 'asn_warehouse')(expression)) }}
{%- endmacro %}

{% macro default__ordered_list(expression) -%}
    string_agg({{ expression }}, ';' order by {{ expression }})
{%- endmacro %}

{% macro spark__ordered_list(expression) -%}
    nullif(array_join(array_sort(collect_list({{ expression }})), ';'), '')
{%- endmacro %}
