{{ config(schema='core') }}

with

parameter as (
    select
        {{ rule_integer('ip_asn', 'seminar_window_months') }} as seminar_months,
        {{ rule_integer('ip_asn', 'technical_window_months') }} as technical_months,
        {{ rule_integer('ip_asn', 'technical_window_executing_months') }} as executing_months,
        {{ rule_value('ip_asn', 'technical_hours') }} as technical_hours
),

kind_row as (
    select rule_matrix.* from {{ ref('rule_matrix') }} as rule_matrix
    where rule_matrix.rule_set = 'ip_learning_kind' and {{ in_force('rule_matrix') }}
),

learning as (
    select
        completed.person_key,
        completed.completed_on,
        coalesce(completed.hours, 0) as hours,
        kind_row.result_code as kind
    from {{ ref('fct_learning') }} as completed
    inner join kind_row
        on cast(completed.learning_form as {{ dbt.type_string() }}) = kind_row.row_code
    where
        completed.is_completed
        and not completed.is_orphan_program
        and not completed.is_duplicate_certificate
        and completed.completed_on <= {{ period_last_day() }}
),

dated as (
    select
        learning.*,
        {{ add_months('learning.completed_on', 'parameter.seminar_months') }}
        > {{ period_last_day() }} as is_in_seminar_window,
        {{ add_months('learning.completed_on', 'parameter.technical_months') }}
        > {{ period_last_day() }} as is_in_technical_window,
        {{ add_months('learning.completed_on', 'parameter.executing_months') }}
        > {{ period_last_day() }} as is_in_executing_window
    from learning
    cross join parameter
),

summed as (
    select
        person_key,
        bool_or(kind = 'leadership') as has_leadership,
        bool_or(kind = 'functional') as has_functional,
        bool_or(kind = 'seminar' and is_in_seminar_window) as has_seminar,
        {{ exact_sum("case when kind = 'technical' and is_in_technical_window then hours else 0 end") }}
            as technical_hours,
        {{ exact_sum("case when kind = 'technical' and is_in_executing_window then hours else 0 end") }}
            as executing_hours
    from dated
    group by person_key
)

select
    summed.person_key,
    summed.has_leadership,
    summed.has_functional,
    summed.has_seminar,
    summed.technical_hours >= parameter.technical_hours as has_technical,
    summed.executing_hours >= parameter.technical_hours as has_technical_executing
from summed
cross join parameter
