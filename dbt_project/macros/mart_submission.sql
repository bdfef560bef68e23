{#- The moment a due day is over in Jakarta (WIB, UTC+7, no summer time), in UTC. -#}
{% macro end_of_day_jakarta(day) -%}
    {{ dbt.dateadd('hour', 17, 'cast(' ~ day ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro %}

{#- The calendar day in Jakarta of a moment in UTC. -#}
{% macro day_in_jakarta(moment) -%}
    cast({{ dbt.dateadd('hour', 7, moment) }} as date)
{%- endmacro %}
