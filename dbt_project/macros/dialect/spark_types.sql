{#- Seeds and contracts on Spark: the ymls write types as the embedded engine calls them. -#}

{#- A type of a yml as Spark calls it. -#}
{% macro spark_type(kind) -%}
    {{ return('string' if kind | lower == 'varchar' else kind) }}
{%- endmacro %}

{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set known = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do known.update({name: dict(column, data_type=spark_type(column['data_type']))}) -%}
    {%- endfor -%}
    {{ return(dbt.default__get_empty_schema_sql(known)) }}
{%- endmacro %}

{#- The types of a seed's columns as Spark calls them, by name. -#}
{% macro spark_seed_types(model, agate_table) -%}
    {%- set given, types = model['config'].get('column_types', {}), {} -%}
    {%- for name in agate_table.column_names -%}
        {%- set found = adapter.convert_type(agate_table, loop.index0) -%}
        {%- do types.update({name: spark_type(given.get(name, found))}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}

{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = spark_seed_types(model, agate_table) -%}
    {%- set config = dict(model['config'], column_types=types) -%}
    {{ return(dbt.spark__create_csv_table(dict(model, config=config), agate_table)) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = spark_seed_types(model, agate_table) -%}
    {%- set config = dict(model['config'], column_types=types) -%}
    {{ return(dbt.spark__load_csv_rows(dict(model, config=config), agate_table)) }}
{%- endmacro %}

{#- A table of Parquet files keeps no constraint: what a contract forbids is looked for once. -#}
{% macro spark__persist_constraints(relation, model) -%}
    {%- set required = [] -%}
    {%- for column in model['columns'].values() -%}
        {%- if 'not_null' in column.get('constraints', []) | map(attribute='type') -%}
            {%- do required.append(column['name']) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if config.get('contract').enforced and required -%}
        {%- set empty = run_query(
            'select ' ~ required | join(', ') ~ ' from ' ~ relation
            ~ ' where ' ~ required | join(' is null or ') ~ ' is null limit 1'
        ) -%}
        {%- if empty.rows -%}
            {{ exceptions.raise_compiler_error(relation ~ ' has null where its contract forbids it, in one of ' ~ required | join(', ')) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
