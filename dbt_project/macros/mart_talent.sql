{#- The components of an axis of the talent matrix: column of the score → component in rule_weight. -#}
{% macro talent_components(axis) -%}
    {{ return({
        'performance': {
            'performance_main': 'main',
            'award': 'award',
            'team_assignment': 'assignment',
            'feedback_360': 'feedback_360',
        },
        'potential': {
            'competency_assessment': 'assessment',
            'competency_development': 'development',
            'position_experience': 'experience',
            'potential_assessment': 'potential',
            'education': 'education',
            'field_fit': 'field_fit',
            'integrity': 'integrity',
        },
    }[axis]) }}
{%- endmacro %}

{#- The same as terms for weighted_mean and available_weight. -#}
{% macro talent_terms(axis) -%}
    {%- set terms = [] -%}
    {%- for column in talent_components(axis) -%}
        {%- do terms.append([column ~ '_score', column ~ '_weight']) -%}
    {%- endfor -%}
    {{ return(terms) }}
{%- endmacro %}
