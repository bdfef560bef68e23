-- Applicants; where one was sent again with a further result, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_seleksi'),
        keys=['agency_code', 'applicant_key'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'applicant_key', 'year', 'track', 'position_code',
            'has_passed_administration', 'basic_score', 'technical_score',
            'managerial_score', 'sociocultural_score', 'has_passed_finally',
            'source_period',
        ],
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.applicant_key,
    latest.year,
    latest.track,
    latest.position_code,
    latest.has_passed_administration,
    latest.basic_score,
    latest.technical_score,
    latest.managerial_score,
    latest.sociocultural_score,
    latest.has_passed_finally,
    latest.source_period
from latest
