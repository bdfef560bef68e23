-- Assessments of potential up to the report period; where one was sent again, the later period counts.
with latest as (
    {{ latest_rows(
        ref('stg_potensi'),
        keys=['agency_code', 'person_key', 'assessed_on'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'person_key', 'assessed_on', 'intellectual_level',
            'interpersonal_level', 'self_awareness_level', 'critical_thinking_level',
            'problem_solving_level', 'emotional_intelligence_level',
            'learning_agility_level', 'motivation_level', 'potential_score',
            'source_period',
        ],
        where='assessed_on <= ' ~ period_last_day(),
    ) | indent(4) }}
)

select
    latest.agency_code,
    latest.person_key,
    latest.assessed_on,
    latest.intellectual_level,
    latest.interpersonal_level,
    latest.self_awareness_level,
    latest.critical_thinking_level,
    latest.problem_solving_level,
    latest.emotional_intelligence_level,
    latest.learning_agility_level,
    latest.motivation_level,
    latest.potential_score,
    latest.source_period
from latest
