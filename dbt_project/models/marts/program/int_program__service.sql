{{ config(schema='core') }}

with

parameter as (
    select
        {{ rule_integer('program', 'service_window_months') }} as window_months,
        {{ rule_value('service_satisfaction', 'base_value') }} as base_value
),

monthly as (
    select
        agency_code,
        source_period,
        {{- service_sums() }}
    from {{ ref('fct_service_satisfaction') }}
    group by agency_code, source_period
),

run_agency as (
    select
        program_run.program_agency_code,
        program_run.program_code,
        program_run.run,
        participant.agency_code,
        program_run.starts_on,
        program_run.ends_on,
        count(*) as participants
    from {{ ref('int_program__run') }} as program_run
    inner join {{ ref('int_program__participant') }} as participant
        on
            program_run.program_agency_code = participant.program_agency_code
            and program_run.program_code = participant.program_code
            and program_run.run = participant.run
    group by
        program_run.program_agency_code, program_run.program_code, program_run.run,
        participant.agency_code, program_run.starts_on, program_run.ends_on
),

-- Whole months only: those before the month in which the run began, those after the month in which
-- it ended.
placed as (
    select
        run_agency.program_agency_code,
        run_agency.program_code,
        run_agency.run,
        run_agency.participants,
        monthly.source_period < run_agency.starts_on as is_before,
        monthly.*
    from run_agency
    cross join parameter
    inner join monthly
        on
            run_agency.agency_code = monthly.agency_code
            and (
                (
                    run_agency.starts_on >= {{ add_months('monthly.source_period', 1) }}
                    and run_agency.starts_on
                    < {{ add_months('monthly.source_period', '1 + parameter.window_months') }}
                )
                or (
                    run_agency.ends_on < monthly.source_period
                    and run_agency.ends_on
                    >= {{ add_months('monthly.source_period', '-parameter.window_months') }}
                    and monthly.source_period <= {{ period_first_day() }}
                )
            )
),

summed as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        participants,
        is_before,
        {%- for u in service_elements() %}
        sum(sum_{{ u }}) as sum_{{ u }},
        sum(asked_{{ u }}) as asked_{{ u }},
        {%- endfor %}
        count(*) as months
    from placed
    group by program_agency_code, program_code, run, agency_code, participants, is_before
),

indexed as (
    select
        summed.*,
        {{ service_index('parameter.base_value') }} as ikm
    from summed
    cross join parameter
),

changed as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        participants,
        max(case when not is_before then ikm end) - max(case when is_before then ikm end) as change
    from indexed
    group by program_agency_code, program_code, run, agency_code, participants
)

-- Over all agencies each weighs by its participants.
select
    program_agency_code,
    program_code,
    run,
    agency_code,
    {{ exact_ratio_sum('participants * change') }} / sum(participants) as service_index_change
from changed
where change is not null
group by grouping sets (
    (program_agency_code, program_code, run, agency_code),
    (program_agency_code, program_code, run)
)
