{#- Schemas carry exactly the configured name, on every target: `core`, never `main_core`.
    In the served database the marts lie in `main`: its file gives them their name `marts`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'served' and custom_schema_name == 'marts' -%}
        main
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
