with

program as (
    select * from {{ ref('dim_program') }}
),

parameter as (
    select
        {{ rule_integer('program', 'window_months') }} as window_months,
        {{ rule_integer('program', 'after_months') }} as after_months
),

program_window as (
    select
        {{ add_months(period_first_day(), '1 - parameter.window_months') }} as opens_on,
        parameter.after_months
    from parameter
)

select
    program.agency_code as program_agency_code,
    program.program_code,
    program.run,
    program.program_name,
    program.learning_form,
    program.form_group,
    program.competency_codes,
    program.provider,
    program.obstacle,
    program.starts_on,
    program.ends_on,
    program.hours,
    cast(program.cost_idr as {{ type_double() }}) as cost_idr,
    -- A yearly appraisal ends on 31 December: the last before the run, the first long enough after.
    cast(extract(year from program.starts_on) as integer) - 1 as before_year,
    cast(
        extract(year from {{ add_months('program.ends_on', 'program_window.after_months') }}) as integer
    ) as after_year
from program
cross join program_window
where
    program.ends_on >= program_window.opens_on
    and program.ends_on <= {{ period_last_day() }}
