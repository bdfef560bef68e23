{{ config(schema='core') }}

with

program_run as (
    select * from {{ ref('int_program__run') }}
),

participant as (
    select * from {{ ref('int_program__participant') }}
),

by_agency as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        {{ count_where('true') }} as participants,
        {{ count_where('is_completed') }} as completed
    from participant
    group by program_agency_code, program_code, run, agency_code
),

by_run as (
    select
        program_agency_code,
        program_code,
        run,
        cast(sum(participants) as {{ dbt.type_bigint() }}) as participants,
        cast(sum(completed) as {{ dbt.type_bigint() }}) as completed
    from by_agency
    group by program_agency_code, program_code, run
)

select
    program_run.program_agency_code,
    program_run.program_code,
    program_run.run,
    cast(null as {{ dbt.type_string() }}) as agency_code,
    coalesce(by_run.participants, 0) as participants,
    coalesce(by_run.completed, 0) as completed,
    program_run.cost_idr as cost
from program_run
left join by_run
    on
        program_run.program_agency_code = by_run.program_agency_code
        and program_run.program_code = by_run.program_code
        and program_run.run = by_run.run

union all

-- The cost of a run is shared among the agencies by their participants.
select
    by_agency.program_agency_code,
    by_agency.program_code,
    by_agency.run,
    by_agency.agency_code,
    by_agency.participants,
    by_agency.completed,
    program_run.cost_idr * by_agency.participants / by_run.participants as cost
from by_agency
inner join program_run
    on
        by_agency.program_agency_code = program_run.program_agency_code
        and by_agency.program_code = program_run.program_code
        and by_agency.run = program_run.run
inner join by_run
    on
        by_agency.program_agency_code = by_run.program_agency_code
        and by_agency.program_code = by_run.program_code
        and by_agency.run = by_run.run
