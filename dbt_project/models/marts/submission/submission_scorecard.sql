{% set terms = [
    ['completeness', 'completeness_weight'], ['validity', 'validity_weight'],
    ['timeliness', 'timeliness_weight'], ['consistency', 'consistency_weight']
] %}

with

indexed as (
    select * from {{ ref('int_submission__index') }}
),

weight_row as (
    select rule_weight.* from {{ ref('rule_weight') }} as rule_weight
    where
        rule_weight.rule_set = 'scorecard'
        and rule_weight.axis = 'score'
        and {{ in_force('rule_weight') }}
),

weight as (
    select
        max(case when component = 'completeness' then weight end) as completeness_weight,
        max(case when component = 'validity' then weight end) as validity_weight,
        max(case when component = 'timeliness' then weight end) as timeliness_weight,
        max(case when component = 'consistency' then weight end) as consistency_weight
    from weight_row
),

parameter as (
    select
        {{ rule_value('scorecard', 'late_penalty_per_day') }} as daily_penalty,
        {{ rule_value('scorecard', 'timeliness_missing') }} as missing_points
),

measured as (
    select
        indexed.*,
        case
            when not indexed.is_expected then 'not_expected'
            when indexed.is_admitted and indexed.received_at < indexed.due_at then 'on_time'
            when indexed.is_admitted then 'late'
            when indexed.is_received then 'refused'
            else 'missing'
        end as status,
        case
            when indexed.is_expected
                then 100 * {{ share('indexed.cells_filled', 'indexed.cells_total') }}
        end as completeness,
        case
            when indexed.is_expected
                then 100 * {{ share('indexed.rows_accepted', 'indexed.rows_read') }}
        end as validity,
        case
            when not indexed.is_expected then null
            when not indexed.is_admitted then parameter.missing_points
            when indexed.received_at < indexed.due_at then 100
            else greatest(0, 100 - parameter.daily_penalty * indexed.days_late)
        end as timeliness,
        case
            when indexed.is_expected
                then
                    100
                    * (
                        1 - {{ share(
                            'least(indexed.orphans, indexed.rows_accepted)',
                            'indexed.rows_accepted'
                        ) }}
                    )
        end as consistency,
        weight.completeness_weight,
        weight.validity_weight,
        weight.timeliness_weight,
        weight.consistency_weight
    from indexed
    cross join parameter
    cross join weight
)

select
    {{ period_first_day() }} as period,
    agency_code,
    agency_name,
    dataset,
    status,
    due_at,
    received_at,
    revised_at,
    revisions,
    refusal_rule,
    has_refused_revision,
    is_carried_forward,
    rows_read,
    rows_accepted as accepted,
    rows_rejected as rejected,
    rows_warned as warned,
    rows_replayed as replayed,
    {{ share('rows_rejected', 'rows_read') }} as reject_rate,
    orphans,
    people_counted,
    excluded_inactive,
    excluded_duplicate_person,
    excluded_other,
    cast(completeness as {{ type_double() }}) as completeness,
    cast(validity as {{ type_double() }}) as validity,
    cast(timeliness as {{ type_double() }}) as timeliness,
    cast(consistency as {{ type_double() }}) as consistency,
    cast({{ weighted_mean(terms) }} as {{ type_double() }}) as score,
    top_reasons
from measured
