with

program_run as (
    select * from {{ ref('int_program__run') }}
),

delivery as (
    select * from {{ ref('int_program__delivery') }}
),

gain as (
    select * from {{ ref('int_program__gain') }}
),

reaction as (
    select * from {{ ref('int_program__reaction') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
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
    {{ period_first_day() }} as period,
    measured.program_agency_code,
    measured.program_code,
    measured.run,
    measured.agency_code,
    agency.agency_name,
    (measured.agency_code is null) as is_total,
    program_run.program_name,
    program_run.learning_form,
    program_run.form_group,
    program_run.competency_codes,
    program_run.provider,
    program_run.obstacle,
    program_run.starts_on,
    program_run.ends_on,
    measured.participants,
    measured.completed,
    {{ share('measured.completed', 'measured.participants') }} as completion_rate,
    program_run.hours,
    measured.cost,
    measured.cost_per_participant,
    measured.reaction_n,
    measured.reaction_mean,
    {{ share('measured.reaction_n', 'measured.participants') }} as response_rate,
    measured.gain_n,
    measured.pre_mean,
    measured.post_mean,
    measured.gain_mean,
    measured.gain_sd,
    measured.gain_pct,
    measured.normalised_gain,
    measured.effect_size,
    measured.gain_ci_low,
    measured.gain_ci_high,
    (measured.gain_pct >= measured.target_gain_pct) as target_met,
    case
        when measured.gain_n < measured.min_n then 'none'
        when
            measured.gain_n >= measured.moderate_n
            and (measured.gain_ci_low > 0 or measured.gain_ci_high < 0)
            then 'moderate'
        else 'weak'
    end as evidence,
    case
        when measured.gain_mean > 0 then measured.cost_per_participant / measured.gain_mean
    end as cost_per_gain_point
from measured
inner join program_run
    on
        measured.program_agency_code = program_run.program_agency_code
        and measured.program_code = program_run.program_code
        and measured.run = program_run.run
left join agency on measured.agency_code = agency.agency_code
