{{ config(schema='core') }}

with

delivery as (
    select * from {{ ref('int_program__delivery') }}
),

gain as (
    select * from {{ ref('int_program__gain') }}
),

reaction as (
    select * from {{ ref('int_program__reaction') }}
),

behaviour as (
    select * from {{ ref('int_program__behaviour') }}
),

effect as (
    select * from {{ ref('int_program__effect') }}
),

balance as (
    select * from {{ ref('int_program__balance') }}
),

service as (
    select * from {{ ref('int_program__service') }}
),

parameter as (
    select
        {{ rule_value('program', 'evidence_minimum_n') }} as min_n,
        {{ rule_value('program', 'evidence_moderate_n') }} as moderate_n,
        {{ rule_value('program', 'evidence_strong_n') }} as strong_n,
        {{ rule_value('program', 'evidence_strong_smd') }} as strong_smd,
        {{ rule_value('kpi_target', 'test_score') }} as target_gain_pct
),

measured as (
    select
        delivery.program_agency_code,
        delivery.program_code,
        delivery.run,
        delivery.agency_code,
        delivery.participants,
        delivery.completed,
        delivery.cost,
        delivery.cost / nullif(delivery.participants, 0) as cost_per_participant,
        cast(coalesce(reaction.reaction_n, 0) as {{ dbt.type_bigint() }}) as reaction_n,
        case
            when reaction.reaction_n >= parameter.min_n then reaction.reaction_mean
        end as reaction_mean,
        cast(coalesce(gain.gain_n, 0) as {{ dbt.type_bigint() }}) as gain_n,
        {%- for column in [
            'pre_mean', 'post_mean', 'gain_mean', 'gain_sd', 'gain_pct', 'normalised_gain',
            'effect_size', 'gain_ci_low', 'gain_ci_high'
        ] %}
        case when gain.gain_n >= parameter.min_n then gain.{{ column }} end as {{ column }},
        {%- endfor %}
        cast(coalesce(behaviour.behaviour_n, 0) as {{ dbt.type_bigint() }}) as behaviour_n,
        case
            when behaviour.behaviour_n >= parameter.min_n then behaviour.behaviour_mean
        end as behaviour_mean,
        coalesce(effect.matched_participants, 0) as matched_participants,
        coalesce(effect.comparison_people, 0) as comparison_people,
        (
            coalesce(effect.matched_participants, 0) >= parameter.min_n
            and coalesce(effect.comparison_people, 0) >= parameter.min_n
        ) as is_comparable,
        effect.effect,
        effect.effect - effect.half_width as effect_low,
        effect.effect + effect.half_width as effect_high,
        balance.max_standardised_difference as imbalance,
        case
            when delivery.participants >= parameter.min_n then service.service_index_change
        end as service_index_change,
        parameter.min_n,
        parameter.moderate_n,
        parameter.strong_n,
        parameter.strong_smd,
        parameter.target_gain_pct
    from delivery
    cross join parameter
    {%- for relation in ['reaction', 'gain', 'behaviour', 'effect', 'balance', 'service'] %}
    left join {{ relation }}
        on
            delivery.program_agency_code = {{ relation }}.program_agency_code
            and delivery.program_code = {{ relation }}.program_code
            and delivery.run = {{ relation }}.run
            and delivery.agency_code is not distinct from {{ relation }}.agency_code
    {%- endfor %}
)

-- Evidence that a programme helps: an interval below 0 is none. One that does nothing is called
-- moderate or strong with a chance of at most twice 2.5 %.
select
    program_agency_code,
    program_code,
    run,
    agency_code,
    participants,
    completed,
    {{ share('completed', 'participants') }} as completion_rate,
    cost,
    cost_per_participant,
    reaction_n,
    reaction_mean,
    case
        when participants > 0 then least(1, {{ share('reaction_n', 'participants') }})
    end as response_rate,
    gain_n,
    pre_mean,
    post_mean,
    gain_mean,
    gain_sd,
    gain_pct,
    normalised_gain,
    effect_size,
    gain_ci_low,
    gain_ci_high,
    (gain_pct >= target_gain_pct) as target_met,
    behaviour_n,
    behaviour_mean,
    case when is_comparable then effect end as performance_effect,
    case when is_comparable then effect_low end as performance_effect_ci_low,
    case when is_comparable then effect_high end as performance_effect_ci_high,
    matched_participants,
    comparison_people,
    case when is_comparable then imbalance end as max_standardised_difference,
    service_index_change,
    case
        when gain_n < min_n and not is_comparable then 'none'
        when
            is_comparable
            and matched_participants >= strong_n
            and effect_low > 0
            and imbalance <= strong_smd
            then 'strong'
        when gain_n >= moderate_n and gain_ci_low > 0 then 'moderate'
        else 'weak'
    end as evidence,
    case
        when gain_mean > 0 then cost_per_participant / gain_mean
    end as cost_per_gain_point
from measured
