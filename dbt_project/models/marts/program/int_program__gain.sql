{{ config(schema='core') }}

with

participant as (
    select * from {{ ref('int_program__participant') }}
),

t_row as (
    select * from {{ ref('stat_t_quantile') }}
),

normal as (
    select {{ z_quantile() }} as z
),

scored as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        pre_score,
        post_score,
        post_score - pre_score as gain,
        case
            when pre_score < 100 then (post_score - pre_score) / (100 - pre_score)
        end as normalised_gain
    from participant
    where pre_score is not null and post_score is not null
),

grouped as (
    select
        program_agency_code,
        program_code,
        run,
        agency_code,
        count(*) as gain_n,
        {{ exact_mean('pre_score') }} as pre_mean,
        {{ exact_mean('post_score') }} as post_mean,
        {{ exact_mean('gain') }} as gain_mean,
        {{ exact_stddev('gain') }} as gain_sd,
        {{ exact_stddev('pre_score') }} as pre_sd,
        {{ exact_ratio_mean('normalised_gain') }} as normalised_gain
    from scored
    group by grouping sets (
        (program_agency_code, program_code, run, agency_code),
        (program_agency_code, program_code, run)
    )
),

with_quantile as (
    select
        grouped.*,
        {{ t_quantile('(grouped.gain_n - 1)', 't_row', 'normal.z') }} as t_quantile
    from grouped
    cross join normal
    left join t_row on grouped.gain_n - 1 = t_row.df
)

select
    program_agency_code,
    program_code,
    run,
    agency_code,
    gain_n,
    pre_mean,
    post_mean,
    gain_mean,
    gain_sd,
    (post_mean - pre_mean) / nullif(pre_mean, 0) as gain_pct,
    normalised_gain,
    gain_mean / nullif(pre_sd, 0)
    * (1 - 3.0e0 / nullif(4.0e0 * (gain_n - 1) - 1, 0)) as effect_size,
    gain_mean - t_quantile * gain_sd / sqrt(cast(gain_n as {{ type_double() }})) as gain_ci_low,
    gain_mean + t_quantile * gain_sd / sqrt(cast(gain_n as {{ type_double() }})) as gain_ci_high
from with_quantile
