-- Career events up to the report period; where an event was sent again, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_riwayat_jabatan'),
        keys=['agency_code', 'person_key', 'started_on', 'change_type'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'person_key', 'started_on', 'change_type',
            'from_position_code', 'to_position_code', 'from_position_level',
            'to_position_level', 'to_unit_code', 'to_agency_code', 'source_period',
        ],
        where='started_on <= ' ~ period_last_day(),
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.person_key,
    latest.started_on,
    latest.change_type,
    latest.from_position_code,
    latest.to_position_code,
    latest.from_position_level,
    latest.to_position_level,
    latest.to_unit_code,
    latest.to_agency_code,
    latest.source_period
from latest
