{{ config(schema='core') }}

{% set key = ['program_agency_code', 'program_code', 'run', 'agency_code'] %}

with

stratum as (
    select
        *,
        {{ square_sum('people', 'change_sum', 'change_squares') }} as participant_spread,
        {{ square_sum('comparison_people', 'comparison_change_sum', 'comparison_change_squares') }}
            as comparison_spread,
        comparison_change_sum / comparison_people as comparison_change_mean
    from {{ ref('int_program__stratum') }}
),

t_row as (
    select * from {{ ref('stat_t_quantile') }}
),

normal as (
    select {{ z_quantile() }} as z
),

-- A stratum of one person borrows the variance that the others of its side have within strata.
pooled as (
    select
        {{ key | join(', ') }},
        {{ exact_ratio_sum('participant_spread') }} / nullif(sum(people - 1), 0) as participant_variance,
        {{ exact_ratio_sum('comparison_spread') }} / nullif(sum(comparison_people - 1), 0)
            as comparison_variance,
        cast(sum(people - 1) as {{ type_double() }}) as participant_df,
        cast(sum(comparison_people - 1) as {{ type_double() }}) as comparison_df
    from stratum
    group by {{ key | join(', ') }}
),

-- Variance of each side's part of the effect, times the square of the number of participants.
weighed as (
    select
        stratum.*,
        pooled.participant_df,
        pooled.comparison_df,
        stratum.people * coalesce(
            stratum.participant_spread / nullif(stratum.people - 1, 0), pooled.participant_variance
        ) as participant_part,
        stratum.people * stratum.people * coalesce(
            stratum.comparison_spread / nullif(stratum.comparison_people - 1, 0),
            pooled.comparison_variance
        ) / stratum.comparison_people as comparison_part
    from stratum
    inner join pooled
        on
            stratum.program_agency_code = pooled.program_agency_code
            and stratum.program_code = pooled.program_code
            and stratum.run = pooled.run
            and stratum.agency_code is not distinct from pooled.agency_code
),

summed as (
    select
        {{ key | join(', ') }},
        cast(sum(people) as {{ dbt.type_bigint() }}) as matched_participants,
        cast(sum(comparison_people) as {{ dbt.type_bigint() }}) as comparison_people,
        {{ exact_ratio_sum('change_sum - people * comparison_change_mean') }} / sum(people) as effect,
        case
            when count(participant_part) = count(*) and count(comparison_part) = count(*)
                then {{ exact_ratio_sum('participant_part + comparison_part') }}
        end as parts,
        {{ exact_ratio_sum(
            'coalesce(participant_part * participant_part / nullif(people - 1, 0), 0)'
            ~ ' + coalesce(comparison_part * comparison_part / nullif(comparison_people - 1, 0), 0)'
        ) }} as own_squares,
        {{ exact_ratio_sum('case when people = 1 then participant_part else 0 end') }}
            as participant_borrowed,
        {{ exact_ratio_sum('case when comparison_people = 1 then comparison_part else 0 end') }}
            as comparison_borrowed,
        max(participant_df) as participant_df,
        max(comparison_df) as comparison_df
    from weighed
    group by {{ key | join(', ') }}
),

-- Welch and Satterthwaite's degrees of freedom, cut to whole ones.
freed as (
    select
        summed.*,
        sqrt(summed.parts) / summed.matched_participants as standard_error,
        cast(floor(
            summed.parts * summed.parts / nullif(
                summed.own_squares
                + coalesce(
                    summed.participant_borrowed * summed.participant_borrowed
                    / nullif(summed.participant_df, 0), 0
                )
                + coalesce(
                    summed.comparison_borrowed * summed.comparison_borrowed
                    / nullif(summed.comparison_df, 0), 0
                ), 0
            ) + 1e-9
        ) as {{ dbt.type_bigint() }}) as df
    from summed
)

select
    freed.program_agency_code,
    freed.program_code,
    freed.run,
    freed.agency_code,
    freed.matched_participants,
    freed.comparison_people,
    freed.effect,
    freed.standard_error,
    freed.df,
    case when freed.standard_error = 0 then 0 else {{ t_quantile('freed.df', 't_row', 'normal.z') }} end
    * freed.standard_error as half_width
from freed
cross join normal
left join t_row on freed.df = t_row.df
