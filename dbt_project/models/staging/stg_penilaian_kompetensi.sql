-- Assessment results of every counting submission; the same result may come again later.
with source as (
    select * from {{ source('lake', 'penilaian_kompetensi') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'penilaian_kompetensi'
)

select
    source.agency_code,
    source.person_key,
    source.tanggal_penilaian as assessed_on,
    source.kode_kompetensi as competency_code,
    source.tujuan as purpose,
    source.level_capaian as achieved_level,
    source.metode as method,
    source.kode_jabatan_sasaran as target_position_code,
    source.penyelenggara as provider,
    counting.period,
    counting.source_period,
    counting.is_carried_forward,
    source.submission_id,
    source.row_number
from source
inner join counting
    on
        source.submission_id = counting.submission_id
        and source.period = counting.lake_period
