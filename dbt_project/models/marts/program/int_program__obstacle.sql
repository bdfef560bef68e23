{{ config(schema='core') }}

with

named as (
    select
        delivery.agency_code,
        program_run.form_group,
        program_run.obstacle,
        count(*) as runs
    from {{ ref('int_program__delivery') }} as delivery
    inner join {{ ref('int_program__run') }} as program_run
        on
            delivery.program_agency_code = program_run.program_agency_code
            and delivery.program_code = program_run.program_code
            and delivery.run = program_run.run
    where program_run.obstacle is not null
    group by grouping sets (
        (delivery.agency_code, program_run.form_group, program_run.obstacle),
        (delivery.agency_code, program_run.obstacle)
    )
),

ranked as (
    select
        named.*,
        row_number() over (
            partition by named.agency_code, named.form_group
            order by named.runs desc, named.obstacle asc
        ) as frequency_rank
    from named
)

select
    agency_code,
    form_group,
    obstacle,
    runs
from ranked
where frequency_rank = 1
