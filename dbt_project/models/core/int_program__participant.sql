with

learning as (
    select * from {{ ref('fct_learning') }}
),

program_run as (
    select * from {{ ref('int_program__run') }}
),

-- Where an agency's roster is missing, nobody can tell whom it does not know: its people count.
roster as (
    select agency_code
    from {{ ref('dim_person') }}
    group by agency_code
),

-- A person whom two agencies report for one run took it once.
ranked as (
    select
        program_run.program_agency_code,
        program_run.program_code,
        program_run.run,
        learning.agency_code,
        learning.person_key,
        learning.is_completed,
        learning.pre_score,
        learning.post_score,
        row_number() over (
            partition by
                program_run.program_agency_code,
                program_run.program_code,
                program_run.run,
                learning.person_key
            order by
                case when learning.is_completed then 0 else 1 end asc,
                learning.agency_code asc
        ) as report_rank
    from program_run
    inner join learning
        on
            program_run.program_agency_code = learning.program_agency_code
            and program_run.program_code = learning.program_code
            and program_run.run = learning.run
    left join roster on learning.agency_code = roster.agency_code
    where
        (not learning.is_orphan_person or roster.agency_code is null)
)

select
    program_agency_code,
    program_code,
    run,
    agency_code,
    person_key,
    is_completed,
    pre_score,
    post_score
from ranked
where report_rank = 1
