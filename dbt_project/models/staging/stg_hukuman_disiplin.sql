-- Disciplinary sanctions of every counting submission; the same one may come again later.
with source as (
    select * from {{ source('lake', 'hukuman_disiplin') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'hukuman_disiplin'
)

select
    source.agency_code,
    source.person_key,
    source.tanggal_mulai as started_on,
    source.tingkat as discipline_level,
    source.tanggal_akhir as ended_on,
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
