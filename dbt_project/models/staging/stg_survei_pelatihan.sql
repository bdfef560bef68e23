-- Survey answers of every counting submission; the same answer may come again later.
with source as (
    select * from {{ source('lake', 'survei_pelatihan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'survei_pelatihan'
)

select
    source.agency_code,
    source.respondent_key,
    source.kode_program as program_code,
    source.angkatan as run,
    source.tahap as stage,
    source.butir as item,
    source.skor as score,
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
