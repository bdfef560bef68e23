-- Assessment results known for the period, back to the end of their use; a result sent again in
-- a later period replaces the earlier row, and of two agencies the later sender counts.
with rules as (
    select {{ rule_integer('assessment', 'validity_years') }} as validity_years
),

results as (
    {{ latest_rows(
        ref('stg_penilaian_kompetensi'),
        keys=['person_key', 'assessed_on', 'competency_code', 'purpose'],
        order_by='source_period desc, agency_code, row_number',
        columns=[
            'agency_code', 'person_key', 'assessed_on', 'competency_code', 'purpose',
            'achieved_level', 'method', 'target_position_code',
        ],
        where='assessed_on <= ' ~ period_last_day() ~ ' and assessed_on > ' ~ add_years(
            period_last_day(), '-' ~ rule_integer('assessment', 'history_years')
        ),
    ) | indent(4) }}
),

dated as (
    select
        results.*,
        {{ add_years('results.assessed_on', 'rules.validity_years') }} as valid_until
    from results
    cross join rules
)

select
    dated.agency_code,
    dated.person_key,
    dated.assessed_on,
    dated.competency_code,
    dated.purpose,
    dated.achieved_level,
    dated.method,
    dated.target_position_code,
    dated.valid_until,
    dated.valid_until > {{ period_last_day() }} and dated.assessed_on <= {{ period_last_day() }} as is_valid
from dated
