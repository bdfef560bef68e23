{{ config(schema='core') }}

with

record as (
    select * from {{ ref('fct_talent_record') }}
),

parameter as (
    select
        {{ rule_integer('talent', 'award_max_age_months') }} as award_months,
        {{ rule_integer('talent', 'assignment_max_age_months') }} as assignment_months,
        {{ rule_integer('talent', 'feedback_max_age_months') }} as feedback_months,
        {{ rule_value('talent', 'record_without_score') }} as unmarked_score
),

aged as (
    select
        record.person_key,
        record.record_type,
        record.recorded_on,
        record.source_period,
        record.agency_code,
        record.score,
        coalesce(record.score, parameter.unmarked_score) as score_or_usual,
        case record.record_type
            when 'PENGHARGAAN' then {{ add_months('record.recorded_on', 'parameter.award_months') }}
            when 'PENUGASAN_TIM' then {{ add_months('record.recorded_on', 'parameter.assignment_months') }}
            when 'UMPAN_BALIK_360' then {{ add_months('record.recorded_on', 'parameter.feedback_months') }}
        end as counts_until
    from record
    cross join parameter
),

-- Feedback without a score says nothing; of the others the latest counts.
ranked as (
    select
        aged.*,
        row_number() over (
            partition by aged.person_key, aged.record_type
            order by
                case when aged.score is null then 1 else 0 end asc,
                aged.recorded_on desc,
                aged.source_period desc,
                aged.agency_code asc
        ) as recency
    from aged
    where aged.counts_until > {{ period_last_day() }}
)

select
    person_key,
    max(case when record_type = 'PENGHARGAAN' then score_or_usual end) as award_score,
    max(case when record_type = 'PENUGASAN_TIM' then score_or_usual end) as team_assignment_score,
    max(case when record_type = 'UMPAN_BALIK_360' and recency = 1 then score end) as feedback_360_score
from ranked
group by person_key
