-- Rows of the period's submissions that name something no counting submission knows.
with people as (
    select person_key
    from {{ ref('dim_person') }}
    group by person_key
),

positions as (
    select
        agency_code,
        position_code
    from {{ ref('dim_position') }}
    group by agency_code, position_code
),

programs as (
    select * from {{ ref('dim_program') }}
),

sole_owners as (
    select * from {{ ref('int_program__sole_owner') }}
),

naming_people as (
    {%- for dataset in ['penilaian_kompetensi', 'kinerja', 'peserta_pelatihan'] %}
    select
        agency_code,
        person_key,
        '{{ dataset }}' as dataset
    from {{ ref('stg_' ~ dataset) }}
    where source_period = {{ period_first_day() }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

naming_positions as (
    {%- for dataset in ['pegawai', 'standar_kompetensi'] %}
    select
        agency_code,
        position_code,
        '{{ dataset }}' as dataset
    from {{ ref('stg_' ~ dataset) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

naming_programs as (
    {%- for dataset in ['peserta_pelatihan', 'survei_pelatihan'] %}
    select
        agency_code,
        program_code,
        run,
        '{{ dataset }}' as dataset
    from {{ ref('stg_' ~ dataset) }}
    where source_period = {{ period_first_day() }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

orphans as (
    select
        naming_people.agency_code,
        naming_people.dataset,
        'person_unknown' as reason
    from naming_people
    left join people on naming_people.person_key = people.person_key
    where people.person_key is null
    union all
    select
        naming_positions.agency_code,
        naming_positions.dataset,
        'position_unknown' as reason
    from naming_positions
    left join positions
        on
            naming_positions.agency_code = positions.agency_code
            and naming_positions.position_code = positions.position_code
    where positions.position_code is null
    union all
    select
        naming_programs.agency_code,
        naming_programs.dataset,
        'program_unknown' as reason
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
    count(*) as rows
from orphans
group by orphans.agency_code, orphans.dataset, orphans.reason
