{{ config(schema='core') }}

{% set stratum = ['before_year', 'after_year', 'stratum_agency_code', 'position_level', 'quadrant_before'] %}
{% set key = ['program_agency_code', 'program_code', 'run'] %}

with

comparable as (
    select * from {{ ref('int_program__comparable') }}
),

everyone as (
    select
        {{ stratum | join(', ') }},
        {{ stratum_sums() }}
    from comparable
    group by {{ stratum | join(', ') }}
),

exposed as (
    select
        exposed_person.competency_codes,
        comparable.*
    from comparable
    inner join {{ ref('int_program__exposed') }} as exposed_person
        on comparable.person_key = exposed_person.person_key
),

trained as (
    select
        competency_codes,
        {{ stratum | join(', ') }},
        {{ stratum_sums() }}
    from exposed
    group by competency_codes, {{ stratum | join(', ') }}
),

participant as (
    select
        program_run.{{ key | join(', program_run.') }},
        program_run.competency_codes,
        took_part.agency_code,
        comparable.*
    from {{ ref('int_program__run') }} as program_run
    inner join {{ ref('int_program__participant') }} as took_part
        on
            program_run.program_agency_code = took_part.program_agency_code
            and program_run.program_code = took_part.program_code
            and program_run.run = took_part.run
    inner join comparable
        on
            took_part.person_key = comparable.person_key
            and program_run.before_year = comparable.before_year
            and program_run.after_year = comparable.after_year
),

treated as (
    select
        {{ key | join(', ') }},
        agency_code,
        competency_codes,
        {{ stratum | join(', ') }},
        {{ stratum_sums() }}
    from participant
    group by grouping sets (
        ({{ key | join(', ') }}, agency_code, competency_codes, {{ stratum | join(', ') }}),
        ({{ key | join(', ') }}, competency_codes, {{ stratum | join(', ') }})
    )
),

-- Who is left when those trained in one of the competencies are taken out of everybody.
matched as (
    select
        treated.*,
        {%- for column in ['change'] + balance_columns() %}
        everyone.{{ column }}_sum - trained.{{ column }}_sum as comparison_{{ column }}_sum,
        everyone.{{ column }}_squares - trained.{{ column }}_squares as comparison_{{ column }}_squares,
        {%- endfor %}
        everyone.people - trained.people as comparison_people
    from treated
    inner join everyone
        on
            treated.before_year = everyone.before_year
            and treated.after_year = everyone.after_year
            and treated.stratum_agency_code = everyone.stratum_agency_code
            and treated.position_level = everyone.position_level
            and treated.quadrant_before = everyone.quadrant_before
    inner join trained
        on
            treated.competency_codes = trained.competency_codes
            and treated.before_year = trained.before_year
            and treated.after_year = trained.after_year
            and treated.stratum_agency_code = trained.stratum_agency_code
            and treated.position_level = trained.position_level
            and treated.quadrant_before = trained.quadrant_before
)

select * from matched
where comparison_people > 0
