-- Assessments of potential of every counting submission; the same one may come again later.
with source as (
    select * from {{ source('lake', 'potensi') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'potensi'
)

select
    source.agency_code,
    source.person_key,
    source.tanggal_penilaian as assessed_on,
    source.intelektual as intellectual_level,
    source.interpersonal as interpersonal_level,
    source.kesadaran_diri as self_awareness_level,
    source.berpikir_kritis as critical_thinking_level,
    source.pemecahan_masalah as problem_solving_level,
    source.kecerdasan_emosional as emotional_intelligence_level,
    source.belajar_cepat as learning_agility_level,
    source.motivasi_komitmen as motivation_level,
    source.skor_potensi as potential_score,
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
