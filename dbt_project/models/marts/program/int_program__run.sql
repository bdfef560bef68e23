{{ config(schema='core') }}

with

program as (
    select * from {{ ref('dim_program') }}
),

parameter as (
    select {{ rule_integer('program', 'window_months') }} as window_months
),

program_window as (
    select {{ add_months(period_first_day(), '1 - parameter.window_months') }} as opens_on
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
    cast(program.cost_idr as {{ type_double() }}) as cost_idr
from program
cross join program_window
where
    program.ends_on >= program_window.opens_on
    and program.ends_on <= {{ period_last_day() }}
