{#- Answers of one stage of the programme survey: mean over respondents of their mean answer, so that
    each weighs the same however many items were answered. -#}
{% macro program_survey(stage, prefix) -%}
with

answer as (
    select * from {{ ref('fct_survey_answer') }}
    where stage = '{{ stage }}' and not is_orphan_program
),

respondent as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        respondent_key,
        {{ exact_mean('score') }} as score
    from answer
    group by program_agency_code, program_code, run, agency_code, respondent_key
)

select
    program_agency_code,
    program_code,
    run,
    agency_code,
    count(*) as {{ prefix }}_n,
    {{ exact_ratio_mean('score') }} as {{ prefix }}_mean
from respondent
group by grouping sets (
    (program_agency_code, program_code, run, agency_code),
    (program_agency_code, program_code, run)
)
{%- endmacro %}

{#- The characteristics on which participants and comparison people must resemble each other. -#}
{% macro balance_columns() -%}
    {{ return(['age', 'service_years', 'education_rank']) }}
{%- endmacro %}

{#- What a stratum adds up to: people, and sums and squares of the change and of what is balanced. -#}
{% macro stratum_sums() -%}
    count(*) as people,
    {%- for column in ['change'] + balance_columns() %}
    {{ exact_sum(column) }} as {{ column }}_sum,
    {{ exact_sum(column ~ ' * ' ~ column) }} as {{ column }}_squares{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
