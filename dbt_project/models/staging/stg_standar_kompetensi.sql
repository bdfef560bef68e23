-- Competency standards of positions that count for the report period.
with source as (
    select * from {{ source('lake', 'standar_kompetensi') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'standar_kompetensi'
)

select
    source.agency_code,
    source.kode_jabatan as position_code,
    source.kode_kompetensi as competency_code,
    source.level_standar as required_level,
    source.nomor_sk as decree_number,
    source.berlaku_mulai as valid_from,
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
