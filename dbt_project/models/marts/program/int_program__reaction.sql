{{ config(schema='core') }}

with

answer as (
    select * from {{ ref('fct_survey_answer') }}
    where stage = 'REAKSI' and not is_orphan_program
),

-- Each respondent weighs the same, however many items were answered.
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
    count(*) as reaction_n,
    {{ exact_ratio_mean('score') }} as reaction_mean
from respondent
group by grouping sets (
    (program_agency_code, program_code, run, agency_code),
    (program_agency_code, program_code, run)
)
