-- Awards, team assignments and feedback up to the report period; of one sent again the later period.
with latest as (
    {{ latest_rows(
        ref('stg_rekam_jejak'),
        keys=['agency_code', 'person_key', 'record_type', 'recorded_on'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'person_key', 'record_type', 'recorded_on', 'score',
            'source_period',
        ],
        where='recorded_on <= ' ~ period_last_day(),
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.person_key,
    latest.record_type,
    latest.recorded_on,
    latest.score,
    latest.source_period
from latest
