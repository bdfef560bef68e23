-- Answers about programme runs, resolved to the agency whose run they mean.
with answers as (
    {{ latest_rows(
        ref('stg_survei_pelatihan'),
        keys=['agency_code', 'respondent_key', 'program_code', 'run', 'stage', 'item'],
        order_by='source_period desc, row_number',
        columns=['agency_code', 'respondent_key', 'program_code', 'run', 'stage', 'item', 'score'],
    ) | indent(4) }}
),

programs as (
    select * from {{ ref('dim_program') }}
),

sole_owners as (
    select * from {{ ref('int_program__sole_owner') }}
)

select
    answers.agency_code,
    answers.respondent_key,
    answers.program_code,
    answers.run,
    answers.stage,
    answers.item,
    answers.score,
    coalesce(programs.agency_code, sole_owners.agency_code) as program_agency_code,
    programs.agency_code is null and sole_owners.agency_code is null as is_orphan_program
from answers
left join programs
    on
        answers.agency_code = programs.agency_code
        and answers.program_code = programs.program_code
        and answers.run = programs.run
left join sole_owners
    on
        answers.program_code = sole_owners.program_code
        and answers.run = sole_owners.run
