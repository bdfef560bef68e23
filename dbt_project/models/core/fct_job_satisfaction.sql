-- Answers on job satisfaction; where an answer was sent again, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_survei_kepuasan_kerja'),
        keys=['agency_code', 'respondent_key', 'item'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'respondent_key', 'unit_code', 'item', 'score',
            'is_reversed', 'source_period',
        ],
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.respondent_key,
    latest.unit_code,
    latest.item,
    latest.score,
    latest.is_reversed,
    latest.source_period
from latest
