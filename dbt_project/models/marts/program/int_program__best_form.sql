{{ config(schema='core') }}

-- The form of learning with the strongest evidence for each competency, over all agencies: of
-- programmes with at least moderate evidence of a gain, the strongest, then the largest effect.
with programs as (
    select * from {{ ref('program_effectiveness') }}
    where agency_code is null and evidence in ('strong', 'moderate') and gain_mean > 0
),

-- A programme names several competencies, joined by a semicolon; nobody names more than 32.
places as (
    {{ dbt.generate_series(32) | indent(4) }}
),

named as (
    select
        programs.learning_form,
        programs.evidence,
        programs.effect_size,
        programs.gain_n,
        split_part(
            programs.competency_codes, ';', cast(places.generated_number as integer)
        ) as competency_code
    from programs
    cross join places
),

ranked as (
    select
        competency_code,
        learning_form,
        evidence,
        row_number() over (
            partition by competency_code
            order by
                case when evidence = 'strong' then 1 else 2 end,
                effect_size desc nulls last,
                gain_n desc,
                learning_form asc
        ) as place
    from named
    where competency_code <> ''
)

select
    competency_code,
    learning_form,
    evidence
from ranked
where place = 1
