-- Participations of every counting submission; the same one may come again later.
with source as (
    select * from {{ source('lake', 'peserta_pelatihan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'peserta_pelatihan'
)

select
    source.agency_code,
    source.person_key,
    source.kode_program as program_code,
    source.angkatan as run,
    source.nilai_pre as pre_score,
    source.nilai_post as post_score,
    source.skala_maks as score_scale,
    source.status,
    source.jp_diakui as recognised_hours,
    source.certificate_key,
    source.tanggal_selesai as completed_on,
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
