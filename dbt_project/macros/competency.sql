{#- Family of a competency by the prefix of its code. -#}
{% macro competency_family(code) -%}
    case
        when {{ code }} like 'M.%' then 'managerial'
        when {{ code }} like 'SK.%' then 'sociocultural'
        when {{ code }} like 'DIG.%' then 'digital'
        else 'technical'
    end
{%- endmacro %}
