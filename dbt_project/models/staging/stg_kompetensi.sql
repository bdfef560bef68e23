-- Competencies of the agencies' own dictionaries that count for the report period.
with source as (
    select * from {{ source('lake', 'kompetensi') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'kompetensi'
)

select
    source.agency_code,
    source.kode_kompetensi as competency_code,
    source.nama_kompetensi as competency_name,
    source.rumpun as competency_group,
    source.uraian as competency_description,
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
