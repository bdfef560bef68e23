-- Answers on public services of every counting submission; the same one may come again later.
with source as (
    select * from {{ source('lake', 'survei_kepuasan_masyarakat') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'survei_kepuasan_masyarakat'
)

select
    source.agency_code,
    source.respondent_key,
    source.kode_layanan as service_code,
    source.nama_layanan as service_name,
    source.u1,
    source.u2,
    source.u3,
    source.u4,
    source.u5,
    source.u6,
    source.u7,
    source.u8,
    source.u9,
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
