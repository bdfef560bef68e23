-- The operator's list of agencies, with the dates between which each row holds.
with source as (
    select * from {{ source('reference', 'instansi') }}
)

select
    source.kode_instansi as agency_code,
    source.nama_instansi as agency_name,
    source.jenis as agency_type,
    source.kode_wilayah as region_code,
    source.berlaku_mulai as valid_from,
    source.berlaku_sampai as valid_to,
    source.kode_pengganti as successor_code
from source
