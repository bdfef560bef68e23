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

parameter as (
    select
        {{ rule_value('program', 'evidence_minimum_n') }} as min_n,
        {{ rule_value('program', 'evidence_moderate_n') }} as moderate_n,
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
        parameter.min_n,
        parameter.moderate_n,
        parameter.target_gain_pct
    from delivery
    cross join parameter
    {%- for relation in ['reaction', 'gain'] %}
    left join {{ relation }}
        on
            delivery.program_agency_code = {{ relation }}.program_agency_code
            and delivery.program_code = {{ relation }}.program_code
            and delivery.run = {{ relation }}.run
            and delivery.agency_code is not distinct from {{ relation }}.agency_code
    {%- endfor %}
)

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
    case
        when gain_n < min_n then 'none'
        when gain_n >= moderate_n and (gain_ci_low > 0 or gain_ci_high < 0) then 'moderate'
        else 'weak'
    end as evidence,
    case
        when gain_mean > 0 then cost_per_participant / gain_mean
    end as cost_per_gain_point
from measured
