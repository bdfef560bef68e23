{#- Seeds and contracts on PostgreSQL: the ymls write types as the embedded engine calls them. -#}

{#- A type of a yml as PostgreSQL calls it. -#}
{% macro postgres_type(kind) -%}
    {{ return('double precision' if kind | lower == 'double' else kind) }}
{%- endmacro %}

{% macro postgres_contract_columns(columns) -%}
    {%- set known = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do known.update({name: dict(column, data_type=postgres_type(column['data_type']))}) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro %}

{% macro postgres__get_table_columns_and_constraints() -%}
    {%- set columns = adapter.render_raw_columns_constraints(
        raw_columns=postgres_contract_columns(model['columns'])
    ) -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    (
        {{ (columns + constraints) | join(',\n        ') }}
    )
{%- endmacro %}

{% macro postgres__get_empty_schema_sql(columns) -%}
    {{ return(dbt.default__get_empty_schema_sql(postgres_contract_columns(columns))) }}
{%- endmacro %}

{% macro postgres__create_csv_table(model, agate_table) -%}
    {%- set types = {} -%}
    {%- for name, kind in model['config'].get('column_types', {}).items() -%}
        {%- do types.update({name: postgres_type(kind)}) -%}
    {%- endfor -%}
    {%- set config = dict(model['config'], column_types=types) -%}
    {{ return(dbt.default__create_csv_table(dict(model, config=config), agate_table)) }}
{%- endmacro %}
