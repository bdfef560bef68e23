-- Rows of the period's submissions that name a position, a unit or an agency which is on no list.
with positions as (
    select
        agency_code,
        position_code
    from {{ ref('dim_position') }}
    group by agency_code, position_code
),

units as (
    select
        agency_code,
        unit_code
    from {{ ref('dim_position') }}
    union
    select
        agency_code,
        unit_code
    from {{ ref('dim_person') }}
),

agencies as (
    select agency_code
    from {{ ref('stg_agency') }}
    group by agency_code
),

career_events as (
    select * from {{ ref('stg_riwayat_jabatan') }}
    where source_period = {{ period_first_day() }}
),

naming_positions as (
    select
        agency_code,
        person_key,
        position_code,
        'pegawai' as dataset
    from {{ ref('stg_pegawai') }}
    union all
    select
        agency_code,
        cast(null as {{ dbt.type_string() }}) as person_key,
        position_code,
        'standar_kompetensi' as dataset
    from {{ ref('stg_standar_kompetensi') }}
    union all
    select
        agency_code,
        cast(null as {{ dbt.type_string() }}) as person_key,
        position_code,
        'seleksi' as dataset
    from {{ ref('stg_seleksi') }}
    where source_period = {{ period_first_day() }}
    union all
    -- Positions of long ago, and those of another agency, need not be on today's list.
    select
        agency_code,
        person_key,
        to_position_code as position_code,
        'riwayat_jabatan' as dataset
    from career_events
    where
        started_on between {{ period_first_day() }} and {{ period_last_day() }}
        and to_position_code is not null
        and coalesce(to_agency_code, agency_code) = agency_code
)

select
    naming_positions.agency_code,
    naming_positions.dataset,
    'position_unknown' as reason,
    naming_positions.person_key
from naming_positions
left join positions
    on
        naming_positions.agency_code = positions.agency_code
        and naming_positions.position_code = positions.position_code
where positions.position_code is null
union all
select
    answers.agency_code,
    'survei_kepuasan_kerja' as dataset,
    'unit_unknown' as reason,
    cast(null as {{ dbt.type_string() }}) as person_key
from {{ ref('stg_survei_kepuasan_kerja') }} as answers
left join units
    on
        answers.agency_code = units.agency_code
        and answers.unit_code = units.unit_code
where answers.source_period = {{ period_first_day() }} and units.unit_code is null
union all
select
    career_events.agency_code,
    'riwayat_jabatan' as dataset,
    'agency_unknown' as reason,
    career_events.person_key
from career_events
left join agencies on career_events.to_agency_code = agencies.agency_code
where career_events.to_agency_code is not null and agencies.agency_code is null
