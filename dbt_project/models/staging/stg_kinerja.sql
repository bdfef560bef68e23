-- Appraisals of every counting submission; the same appraisal may come again later.
with source as (
    select * from {{ source('lake', 'kinerja') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'kinerja'
)

select
    source.agency_code,
    source.person_key,
    source.tahun as year,
    source.periode as period_type,
    source.hasil_kerja as result_rating,
    source.perilaku_kerja as behaviour_rating,
    source.kuadran as quadrant_reported,
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
