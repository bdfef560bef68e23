-- Disciplinary sanctions up to the report period; where one was sent again, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_hukuman_disiplin'),
        keys=['agency_code', 'person_key', 'started_on'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'person_key', 'started_on', 'discipline_level', 'ended_on',
            'source_period',
        ],
        where='started_on <= ' ~ period_last_day(),
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.person_key,
    latest.started_on,
    latest.discipline_level,
    latest.ended_on,
    latest.source_period
from latest
