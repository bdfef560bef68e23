-- The latest valid result of each person and competency; of two on one day, the one for filling a
-- position comes before the one for mapping.
{{ latest_rows(
    ref('fct_assessment'),
    keys=['person_key', 'competency_code'],
    order_by='assessed_on desc, purpose desc',
    columns=[
        'person_key', 'competency_code', 'assessed_on', 'purpose', 'achieved_level', 'method',
        'valid_until',
    ],
    where='is_valid',
) }}
