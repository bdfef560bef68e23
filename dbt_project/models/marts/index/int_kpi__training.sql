{{ config(schema='core') }}

with

participant as (
    select
        took_part.*,
        changed.score_before,
        changed.score_after
    from {{ ref('int_program__participant') }} as took_part
    inner join {{ ref('int_program__run') }} as program_run
        on
            took_part.program_agency_code = program_run.program_agency_code
            and took_part.program_code = program_run.program_code
            and took_part.run = program_run.run
    left join {{ ref('int_program__change') }} as changed
        on
            took_part.person_key = changed.person_key
            and program_run.before_year = changed.before_year
            and program_run.after_year = changed.after_year
),

measured as (
    select
        agency_code,
        'test_score' as indicator,
        pre_score as baseline,
        post_score as actual
    from participant
    where pre_score is not null and post_score is not null
    union all
    select
        agency_code,
        'performance' as indicator,
        score_before as baseline,
        score_after as actual
    from participant
    where score_before is not null
)

select
    agency_code,
    indicator,
    count(*) as cases,
    {{ exact_mean('baseline') }} as baseline,
    {{ exact_mean('actual') }} as actual
from measured
group by grouping sets ((agency_code, indicator), (indicator))
