-- Answers on public services; where a respondent was sent again, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_survei_kepuasan_masyarakat'),
        keys=['agency_code', 'respondent_key'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'respondent_key', 'service_code', 'service_name', 'u1', 'u2',
            'u3', 'u4', 'u5', 'u6', 'u7', 'u8', 'u9', 'source_period',
        ],
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.respondent_key,
    latest.service_code,
    latest.service_name,
    latest.u1,
    latest.u2,
    latest.u3,
    latest.u4,
    latest.u5,
    latest.u6,
    latest.u7,
    latest.u8,
    latest.u9,
    latest.source_period
from latest
