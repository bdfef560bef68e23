-- Career events of every counting submission; the same event may come again later.
with source as (
    select * from {{ source('lake', 'riwayat_jabatan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'riwayat_jabatan'
)

select
    source.agency_code,
    source.person_key,
    source.tmt as started_on,
    source.jenis_perubahan as change_type,
    source.kode_jabatan_asal as from_position_code,
    source.kode_jabatan_tujuan as to_position_code,
    source.jenjang_asal as from_position_level,
    source.jenjang_tujuan as to_position_level,
    source.kode_unor_tujuan as to_unit_code,
    source.instansi_tujuan as to_agency_code,
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
