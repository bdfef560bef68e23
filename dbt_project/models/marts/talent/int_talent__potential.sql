{{ config(schema='core') }}

{% set aspects = [
    'intellectual_level', 'interpersonal_level', 'self_awareness_level', 'critical_thinking_level',
    'problem_solving_level', 'emotional_intelligence_level', 'learning_agility_level',
    'motivation_level',
] %}

with

parameter as (
    select
        {{ rule_integer('potential', 'validity_years') }} as validity_years,
        {{ rule_value('potential', 'points_per_level') }} as points_per_level
),

-- The score that was reported; without one, the mean of the eight aspects, if all are there.
scored as (
    select
        potential.person_key,
        potential.agency_code,
        potential.assessed_on,
        potential.source_period,
        coalesce(
            potential.potential_score,
            parameter.points_per_level
            * (potential.{{ aspects | join(' + potential.') }})
            / {{ aspects | length }}.0e0
        ) as potential_score
    from {{ ref('fct_potential') }} as potential
    cross join parameter
    where
        {{ add_years('potential.assessed_on', 'parameter.validity_years') }} > {{ period_last_day() }}
),

ranked as (
    select
        scored.*,
        row_number() over (
            partition by scored.person_key
            order by scored.assessed_on desc, scored.source_period desc, scored.agency_code asc
        ) as recency
    from scored
    where scored.potential_score is not null
)

select
    person_key,
    assessed_on,
    potential_score
from ranked
where recency = 1
