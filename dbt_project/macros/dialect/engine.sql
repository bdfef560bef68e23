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

{#- A 64-bit hash of columns: to find candidates quickly, never to decide. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'asn_warehouse')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro postgres__row_hash(columns) -%}
    hashtextextended(row({{ columns | join(', ') }})::text, 0)
{%- endmacro %}

{#- The eight-byte floating type. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'asn_warehouse')()) }}
{%- endmacro %}

{% macro default__type_double() -%}double{%- endmacro %}

{% macro postgres__type_double() -%}double precision{%- endmacro %}

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
