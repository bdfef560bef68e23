with

program_run as (
    select * from {{ ref('int_program__run') }}
),

measured as (
    select * from {{ ref('int_program__evidence') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
)

select
    {{ period_first_day() }} as period,
    measured.program_agency_code,
    measured.program_code,
    measured.run,
    measured.agency_code,
    agency.agency_name,
    (measured.agency_code is null) as is_total,
    program_run.program_name,
    program_run.learning_form,
    program_run.form_group,
    program_run.competency_codes,
    program_run.provider,
    program_run.obstacle,
    program_run.starts_on,
    program_run.ends_on,
    measured.participants,
    measured.completed,
    measured.completion_rate,
    program_run.hours,
    measured.cost,
    measured.cost_per_participant,
    measured.reaction_n,
    measured.reaction_mean,
    measured.response_rate,
    measured.gain_n,
    measured.pre_mean,
    measured.post_mean,
    measured.gain_mean,
    measured.gain_sd,
    measured.gain_pct,
    measured.normalised_gain,
    measured.effect_size,
    measured.gain_ci_low,
    measured.gain_ci_high,
    measured.target_met,
    measured.behaviour_n,
    measured.behaviour_mean,
    measured.performance_effect,
    measured.performance_effect_ci_low,
    measured.performance_effect_ci_high,
    measured.matched_participants,
    measured.comparison_people,
    measured.max_standardised_difference,
    measured.service_index_change,
    measured.evidence,
    measured.cost_per_gain_point
from measured
inner join program_run
    on
        measured.program_agency_code = program_run.program_agency_code
        and measured.program_code = program_run.program_code
        and measured.run = program_run.run
left join agency on measured.agency_code = agency.agency_code
