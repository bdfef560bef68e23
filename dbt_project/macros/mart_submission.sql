{#- The moment a due day is over in Jakarta (WIB, UTC+7, no summer time), in UTC. -#}
{% macro end_of_day_jakarta(day) -%}
    {{ dbt.dateadd('hour', 17, 'cast(' ~ day ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro %}

{#- The calendar day in Jakarta of a moment in UTC. -#}
{% macro day_in_jakarta(moment) -%}
    cast({{ dbt.dateadd('hour', 7, moment) }} as date)
{%- endmacro %}

{#- The datasets agencies submit, as a subquery with one column: the sources of the lake. -#}
{% macro submitted_datasets() -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.source_name == 'lake' -%}
            {%- do names.append(node.name) if node.name != 'submission' -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in names | sort %}
    select '{{ name }}' as dataset {{ 'union all' if not loop.last }}
    {%- else %}
    select cast(null as {{ dbt.type_string() }}) as dataset where 1 = 0
    {%- endfor %}
{%- endmacro %}
