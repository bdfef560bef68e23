with

form_group as (
    select * from {{ ref('int_program__form_group') }}
),

obstacle as (
    select * from {{ ref('int_program__obstacle') }}
),

agency as (
    select * from {{ ref('dim_agency') }}
),

t_row as (
    select * from {{ ref('stat_t_quantile') }}
),

parameter as (
    select
        {{ rule_value('program', 'evidence_minimum_n') }} as min_n,
        {{ z_quantile() }} as z
),

averaged as (
    select
        form_group.*,
        form_group.cost / nullif(form_group.costed_participants, 0) as cost_per_participant,
        case
            when form_group.reaction_n >= parameter.min_n
                then form_group.reaction_sum / form_group.reaction_n
        end as reaction_mean,
        case
            when form_group.gain_n >= parameter.min_n then form_group.gain_sum / form_group.gain_n
        end as gain_mean,
        sqrt(
            greatest(
                0,
                {{ square_sum('form_group.gain_n', 'form_group.gain_sum', 'form_group.gain_squares') }}
            ) / nullif(form_group.gain_n - 1, 0) / nullif(form_group.gain_n, 0)
        ) as gain_error,
        {{ t_quantile('(form_group.gain_n - 1)', 't_row', 'parameter.z') }} as t_quantile
    from form_group
    cross join parameter
    left join t_row on form_group.gain_n - 1 = t_row.df
)

select
    {{ period_first_day() }} as period,
    averaged.agency_code,
    agency.agency_name,
    averaged.form_group,
    (averaged.agency_code is null or averaged.form_group is null) as is_total,
    averaged.runs,
    averaged.participants,
    averaged.completed,
    {{ share('averaged.completed', 'averaged.participants') }} as completion_rate,
    averaged.reaction_n,
    averaged.reaction_mean,
    averaged.gain_n,
    averaged.gain_mean,
    averaged.gain_mean - averaged.t_quantile * averaged.gain_error as gain_ci_low,
    averaged.gain_mean + averaged.t_quantile * averaged.gain_error as gain_ci_high,
    averaged.cost,
    averaged.cost_per_participant,
    case
        when averaged.gain_mean > 0 then averaged.cost_per_participant / averaged.gain_mean
    end as cost_per_gain_point,
    obstacle.obstacle,
    coalesce(obstacle.runs, 0) as obstacle_runs
from averaged
left join agency on averaged.agency_code = agency.agency_code
left join obstacle
    on
        averaged.agency_code is not distinct from obstacle.agency_code
        and averaged.form_group is not distinct from obstacle.form_group
