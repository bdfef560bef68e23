-- Applicants of every counting submission; the same applicant may come again later.
with source as (
    select * from {{ source('lake', 'seleksi') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'seleksi'
)

select
    source.agency_code,
    source.applicant_key,
    source.tahun as year,
    source.jalur as track,
    source.kode_jabatan as position_code,
    source.lulus_administrasi = 'Y' as has_passed_administration,
    source.skor_skd as basic_score,
    source.skor_teknis as technical_score,
    source.skor_manajerial as managerial_score,
    source.skor_sosiokultural as sociocultural_score,
    source.lulus_akhir = 'Y' as has_passed_finally,
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
