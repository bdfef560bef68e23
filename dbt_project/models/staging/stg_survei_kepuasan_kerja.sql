-- Answers on job satisfaction of every counting submission; the same one may come again later.
with source as (
    select * from {{ source('lake', 'survei_kepuasan_kerja') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'survei_kepuasan_kerja'
)

select
    source.agency_code,
    source.respondent_key,
    source.kode_unor as unit_code,
    source.butir as item,
    source.skor as score,
    source.terbalik = 'Y' as is_reversed,
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
