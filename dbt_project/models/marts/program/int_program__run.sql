{{ config(schema='core', materialized='table', contract={'enforced': false}, tags=['program']) }}

with

program as (
    select * from {{ ref('dim_program') }}
),

parameter_row as (
    select * from {{ ref('rule_parameter') }} where {{ rule_in_force() }}
),

parameter as (
    select max(case when name = 'program_window_months' then value end) as window_months
    from parameter_row
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
    cast(program.cost_idr as {{ dbt.type_float() }}) as cost_idr
from program
cross join parameter
where
    program.ends_on <= {{ period_end() }}
    and {{ dbt.datediff('program.ends_on', period_start(), 'month') }} < parameter.window_months
