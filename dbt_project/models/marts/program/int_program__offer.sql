{{ config(schema='core') }}

-- Programmes with at least moderate evidence that they help, and none that they harm: of several
-- runs the strongest, then the one with the largest effect.
with

measured as (
    select * from {{ ref('program_effectiveness') }}
    where
        agency_code is null
        and (
            (evidence = 'strong' and performance_effect > 0 and coalesce(gain_mean, 1) > 0)
            or (evidence = 'moderate' and gain_mean > 0 and coalesce(performance_effect_ci_high, 1) > 0)
        )
),

ranked as (
    select
        measured.*,
        row_number() over (
            partition by measured.program_agency_code, measured.program_code
            order by
                case measured.evidence when 'strong' then 0 else 1 end asc,
                measured.effect_size desc nulls last,
                measured.ends_on desc,
                measured.run asc
        ) as run_rank
    from measured
),

places as (
    {{ dbt.generate_series(32) | indent(4) }}
),

split as (
    select
        ranked.*,
        trim(
            split_part(ranked.competency_codes, ';', cast(places.generated_number as integer))
        ) as competency_code
    from ranked
    cross join places
    where ranked.run_rank = 1
)

select
    split.competency_code,
    split.program_agency_code,
    split.program_code,
    split.run,
    split.program_name,
    split.learning_form,
    split.form_group,
    split.evidence,
    split.gain_mean,
    split.gain_ci_low,
    split.gain_ci_high,
    split.effect_size,
    split.cost_per_participant
from split
where split.competency_code <> ''
group by
    split.competency_code, split.program_agency_code, split.program_code, split.run,
    split.program_name, split.learning_form, split.form_group, split.evidence, split.gain_mean,
    split.gain_ci_low, split.gain_ci_high, split.effect_size, split.cost_per_participant
