-- Programme runs of every counting submission; the same run may come again later.
with source as (
    select * from {{ source('lake', 'program_pelatihan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'program_pelatihan'
)

select
    source.agency_code,
    source.kode_program as program_code,
    source.angkatan as run,
    source.nama_program as program_name,
    source.jenis_diklat as learning_form,
    source.kode_kompetensi as competency_codes,
    source.tanggal_mulai as starts_on,
    source.tanggal_selesai as ends_on,
    source.jumlah_jp as hours,
    source.penyelenggara as provider,
    source.biaya as cost_idr,
    source.kuota as quota,
    source.kendala as obstacle,
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
