-- Positions of the agencies that count for the report period.
with source as (
    select * from {{ source('lake', 'jabatan') }}
),

counting as (
    select *
    from {{ ref('int_submission__counting') }}
    where dataset = 'jabatan'
)

select
    source.agency_code,
    source.kode_jabatan as position_code,
    source.kode_unor as unit_code,
    source.nama_jabatan as position_name,
    source.jenjang_jabatan as position_level,
    source.rumpun_jabatan as job_family,
    source.kebutuhan as needed,
    source.strategis = 'Y' as is_strategic,
    source.kelas_jabatan as position_class,
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
