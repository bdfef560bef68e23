{{ config(schema='core') }}

with

program as (
    select * from {{ ref('dim_program') }}
),

parameter as (
    select {{ rule_value('program', 'window_months') }} as window_months
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
cross join parameter
where
    program.ends_on <= {{ period_last_day() }}
    and {{ dbt.datediff('program.ends_on', period_first_day(), 'month') }} < parameter.window_months
