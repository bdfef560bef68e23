{{ config(schema='marts') }}

-- Every rule row of the project in one shape, so that a number can be traced to its article.
with rules as (
    select
        rule_id,
        rule_set,
        name as item,
        {{ number_text('value') }} as value,
        unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_parameter') }}
    union all
    select
        rule_id,
        rule_set,
        code as item,
        {{ band_text() }} as value,
        'range' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_band') }}
    union all
    select
        rule_id,
        rule_set,
        code as item,
        {{ number_text('score') }} as value,
        'points' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_score') }}
    union all
    select
        rule_id,
        rule_set,
        axis || '.' || component as item,
        {{ number_text('weight') }} as value,
        'weight' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_weight') }}
    union all
    select
        rule_id,
        rule_set,
        row_code || ' x ' || column_code as item,
        result_code as value,
        'code' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_matrix') }}
    union all
    select
        rule_id,
        rule_set,
        position_level as item,
        {{ number_text('level') }} as value,
        'level' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_required_level') }}
    union all
    select
        rule_id,
        rule_set,
        axis || coalesce('.' || agency_code, '') as item,
        {{ number_text('lower_bound') }} || '; ' || {{ number_text('upper_bound') }} as value,
        'points' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_talent_threshold') }}
    union all
    select
        rule_id,
        rule_set,
        code as item,
        action_id as value,
        'text' as unit,
        valid_from,
        valid_to,
        source,
        mark,
        note_id
    from {{ ref('rule_action') }}
),

rule_use as (
    {{ rule_use() }}
)

select
    {{ period_first_day() }} as period,
    rules.rule_id,
    rules.rule_set,
    rules.item,
    rules.value,
    rules.unit,
    rules.valid_from,
    rules.valid_to,
    {{ in_force('rules') }} as is_in_force,
    rules.source,
    rules.mark,
    rules.note_id,
    rule_use.topic,
    rule_use.marts
from rules
left join rule_use on rules.rule_set = rule_use.rule_set
