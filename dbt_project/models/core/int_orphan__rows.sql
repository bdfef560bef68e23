-- Rows of the period's submissions that name something no counting submission knows.
with people as (
    select person_key
    from {{ ref('dim_person') }}
    group by person_key
),

programs as (
    select * from {{ ref('dim_program') }}
),

sole_owners as (
    select * from {{ ref('int_program__sole_owner') }}
),

naming_people as (
    {%- for dataset in [
        'penilaian_kompetensi', 'potensi', 'kinerja', 'hukuman_disiplin', 'rekam_jejak', 'peserta_pelatihan'
    ] %}
    select
        agency_code,
        person_key,
        '{{ dataset }}' as dataset
    from {{ ref('stg_' ~ dataset) }}
    where source_period = {{ period_first_day() }}
    union all
    {%- endfor %}
    -- Who has left the service is in no roster any more.
    select
        agency_code,
        person_key,
        'riwayat_jabatan' as dataset
    from {{ ref('stg_riwayat_jabatan') }}
    where source_period = {{ period_first_day() }} and change_type <> 'BERHENTI'
),

naming_programs as (
    select
        agency_code,
        program_code,
        run,
        person_key,
        'peserta_pelatihan' as dataset
    from {{ ref('stg_peserta_pelatihan') }}
    where source_period = {{ period_first_day() }}
    union all
    select
        agency_code,
        program_code,
        run,
        cast(null as {{ dbt.type_string() }}) as person_key,
        'survei_pelatihan' as dataset
    from {{ ref('stg_survei_pelatihan') }}
    where source_period = {{ period_first_day() }}
),

orphans as (
    select
        agency_code,
        dataset,
        reason,
        person_key
    from {{ ref('int_orphan__place') }}
    union all
    select
        agency_code,
        dataset,
        'competency_unknown' as reason,
        person_key
    from {{ ref('int_orphan__competency') }}
    union all
    select
        naming_people.agency_code,
        naming_people.dataset,
        'person_unknown' as reason,
        naming_people.person_key
    from naming_people
    left join people on naming_people.person_key = people.person_key
    where people.person_key is null
    union all
    select
        naming_programs.agency_code,
        naming_programs.dataset,
        'program_unknown' as reason,
        naming_programs.person_key
    from naming_programs
    left join programs
        on
            naming_programs.agency_code = programs.agency_code
            and naming_programs.program_code = programs.program_code
            and naming_programs.run = programs.run
    left join sole_owners
        on
            naming_programs.program_code = sole_owners.program_code
            and naming_programs.run = sole_owners.run
    where programs.program_code is null and sole_owners.program_code is null
)

select
    {{ period_first_day() }} as period,
    orphans.agency_code,
    orphans.dataset,
    orphans.reason,
    count(*) as rows,
    nullif(count(distinct orphans.person_key), 0) as persons
from orphans
group by orphans.agency_code, orphans.dataset, orphans.reason
