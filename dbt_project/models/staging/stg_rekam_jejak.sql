-- Awards, team assignments and feedback of every counting submission; the same may come again.
with source as (
    select * from {{ source('lake', 'rekam_jejak') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'rekam_jejak'
)

select
    source.agency_code,
    source.person_key,
    source.jenis as record_type,
    source.tanggal as recorded_on,
    source.nilai as score,
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
