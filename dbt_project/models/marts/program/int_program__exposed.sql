{{ config(schema='core') }}

-- A programme names several competencies, joined by a semicolon; nobody names more than 32.
with

places as (
    {{ dbt.generate_series(32) | indent(4) }}
),

split as (
    select
        program.agency_code,
        program.program_code,
        program.run,
        program.competency_codes,
        trim(
            split_part(program.competency_codes, ';', cast(places.generated_number as integer))
        ) as competency_code
    from {{ ref('dim_program') }} as program
    cross join places
),

named as (
    select * from split where competency_code <> ''
),

comparable as (
    select person_key
    from {{ ref('int_program__comparable') }}
    group by person_key
),

trained as (
    select
        named.competency_code,
        learning.person_key
    from {{ ref('fct_learning') }} as learning
    inner join comparable on learning.person_key = comparable.person_key
    inner join named
        on
            learning.program_agency_code = named.agency_code
            and learning.program_code = named.program_code
            and learning.run = named.run
    group by named.competency_code, learning.person_key
),

competency_set as (
    select
        named.competency_codes,
        named.competency_code
    from {{ ref('int_program__run') }} as program_run
    inner join named
        on
            program_run.program_agency_code = named.agency_code
            and program_run.program_code = named.program_code
            and program_run.run = named.run
    group by named.competency_codes, named.competency_code
)

select
    competency_set.competency_codes,
    trained.person_key
from competency_set
inner join trained on competency_set.competency_code = trained.competency_code
group by competency_set.competency_codes, trained.person_key
