-- Yearly performance before and after the programme runs of the window: for each pair of years the
-- last appraisal up to the first and the first one from the second.
with

program_window as (
    select
        before_year,
        after_year
    from {{ ref('int_program__run') }}
    where {{ make_date('after_year', 12, 31) }} <= {{ period_last_day() }}
    group by before_year, after_year
),

appraisal as (
    select
        person_key,
        year,
        quadrant,
        performance_score
    from {{ ref('fct_performance') }}
    where
        period_type = 'TAHUNAN'
        and performance_score is not null
        and ended_on <= {{ period_last_day() }}
),

picked as (
    select
        program_window.before_year,
        program_window.after_year,
        appraisal.person_key,
        max(case when appraisal.year <= program_window.before_year then appraisal.year end) as last_before,
        min(case when appraisal.year >= program_window.after_year then appraisal.year end) as first_after
    from program_window
    inner join appraisal
        on
            program_window.before_year >= appraisal.year
            or program_window.after_year <= appraisal.year
    group by program_window.before_year, program_window.after_year, appraisal.person_key
)

select
    picked.before_year,
    picked.after_year,
    picked.person_key,
    appraisal_before.quadrant as quadrant_before,
    appraisal_before.performance_score as score_before,
    appraisal_after.performance_score as score_after,
    appraisal_after.performance_score - appraisal_before.performance_score as change
from picked
inner join appraisal as appraisal_before
    on picked.person_key = appraisal_before.person_key and picked.last_before = appraisal_before.year
inner join appraisal as appraisal_after
    on picked.person_key = appraisal_after.person_key and picked.first_after = appraisal_after.year
