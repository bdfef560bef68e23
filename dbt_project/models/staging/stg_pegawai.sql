-- Roster rows that count for the report period.
with source as (
    select * from {{ source('lake', 'pegawai') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'pegawai'
)

select
    source.agency_code,
    source.person_key,
    source.jenis_kelamin as sex,
    source.status_asn as employment_status,
    source.kedudukan_hukum as legal_standing,
    source.golongan as grade,
    source.tmt_golongan as grade_started_on,
    source.jenis_jabatan as position_type,
    source.jenjang_jabatan as position_level,
    source.kode_jabatan as position_code,
    source.tmt_jabatan as position_started_on,
    source.eselon as echelon,
    source.kode_unor as unit_code,
    source.nama_unor as unit_name,
    source.kode_wilayah as region_code,
    source.tingkat_pendidikan as education_code,
    source.pendidikan_sesuai_jabatan = 'Y' as education_fits_position,
    source.kelompok_usia as age_band,
    source.masa_kerja_tahun as service_years,
    source.bulan_ke_pensiun as months_to_retirement,
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
