{#- Schemas carry exactly the configured name: `core`, never `main_core`.
    In the served database the marts lie in `main`: its file gives them their name `marts`.
    A server holds many candidates: there the candidate's name stands before it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'served' and custom_schema_name == 'marts' -%}
        main
    {%- elif target.schema != 'main' and custom_schema_name -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
