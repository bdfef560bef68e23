-- Yearly development plans of the agencies that count for the report period.
with source as (
    select * from {{ source('lake', 'rencana_pengembangan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'rencana_pengembangan'
)

select
    source.agency_code,
    source.tahun as year,
    source.kode_kompetensi as competency_code,
    source.jenjang_jabatan as position_level,
    source.jenis_diklat as learning_form,
    source.target_peserta as planned_participants,
    source.target_jp as planned_hours,
    source.penyelenggara as provider,
    source.bulan_mulai as start_month,
    source.anggaran as budget_idr,
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
