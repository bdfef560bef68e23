-- Rows of the period's submissions that name a technical or digital competency which the agency's
-- own dictionary does not hold. Without a dictionary there is nothing to compare with.
with dictionary as (
    select
        agency_code,
        competency_code
    from {{ ref('stg_kompetensi') }}
),

dictionary_owners as (
    select agency_code
    from dictionary
    group by agency_code
),

programs as (
    select * from {{ ref('stg_program_pelatihan') }}
    where source_period = {{ period_first_day() }}
),

-- A programme names several competencies, joined by a semicolon; nobody names more than 32.
places as (
    {{ dbt.generate_series(32) | indent(4) }}
),

named as (
    select
        submission_id,
        row_number,
        agency_code,
        cast(null as {{ dbt.type_string() }}) as person_key,
        competency_code,
        'standar_kompetensi' as dataset
    from {{ ref('stg_standar_kompetensi') }}
    union all
    select
        submission_id,
        row_number,
        agency_code,
        cast(null as {{ dbt.type_string() }}) as person_key,
        competency_code,
        'rencana_pengembangan' as dataset
    from {{ ref('stg_rencana_pengembangan') }}
    union all
    select
        submission_id,
        row_number,
        agency_code,
        person_key,
        competency_code,
        'penilaian_kompetensi' as dataset
    from {{ ref('stg_penilaian_kompetensi') }}
    where source_period = {{ period_first_day() }}
    union all
    select
        programs.submission_id,
        programs.row_number,
        programs.agency_code,
        cast(null as {{ dbt.type_string() }}) as person_key,
        split_part(
            programs.competency_codes, ';', cast(places.generated_number as integer)
        ) as competency_code,
        'program_pelatihan' as dataset
    from programs
    cross join places
)

select
    named.submission_id,
    named.row_number,
    named.agency_code,
    named.dataset,
    max(named.person_key) as person_key
from named
inner join dictionary_owners on named.agency_code = dictionary_owners.agency_code
left join dictionary
    on
        named.agency_code = dictionary.agency_code
        and named.competency_code = dictionary.competency_code
where
    (named.competency_code like 'T.%' or named.competency_code like 'DIG.%')
    and dictionary.competency_code is null
group by named.submission_id, named.row_number, named.agency_code, named.dataset
