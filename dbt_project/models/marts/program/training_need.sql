with needs as (
    select * from {{ ref('int_program__need') }}
),

priorities as (
    select * from {{ ref('int_program__priority') }}
),

best_forms as (
    select * from {{ ref('int_program__best_form') }}
),

competencies as (
    select * from {{ ref('dim_competency') }}
),

forms as (
    select
        matrix.rule_set,
        matrix.row_code as severity,
        matrix.column_code as family,
        matrix.result_code as learning_form
    from {{ ref('rule_matrix') }} as matrix
    where matrix.rule_set in ('recommended_form', 'alternative_form') and {{ in_force('matrix') }}
),

rolled as (
    select
        agency_code,
        competency_code,
        position_level,
        grouping(agency_code) as is_national,
        max(agency_name) as agency_name,
        sum(people_with_gap) as people_with_gap,
        sum(total_gap) as total_gap,
        sum(severe_people) as severe_people,
        sum(strategic_people) as strategic_people,
        sum(planned_participants) as planned_participants,
        {{ exact_sum('planned_hours') }} as planned_hours,
        sum(unmet_people) as unmet_people,
        bool_or(is_carried_forward) as is_carried_forward
    from needs
    group by grouping sets (
        (agency_code, competency_code, position_level),
        (agency_code, competency_code),
        (competency_code, position_level),
        (competency_code)
    )
),

measured as (
    select
        rolled.*,
        competencies.competency_name_id as competency_name,
        competencies.family,
        bands.code as severity
    from rolled
    left join competencies on rolled.competency_code = competencies.competency_code
    left join {{ ref('rule_band') }} as bands
        on
            rolled.people_with_gap > 0
            and {{ band_join(
                '-' ~ share('rolled.total_gap', 'rolled.people_with_gap'), "'gap_severity'", 'bands'
            ) }}
)

select
    {{ period_first_day() }} as period,
    measured.agency_code,
    case when measured.is_national = 0 then measured.agency_name end as agency_name,
    measured.competency_code,
    measured.competency_name,
    measured.family,
    measured.position_level,
    (measured.agency_code is null or measured.position_level is null) as is_total,
    cast(measured.people_with_gap as bigint) as people_with_gap,
    cast(measured.total_gap as bigint) as total_gap,
    cast(measured.severe_people as bigint) as severe_people,
    {{ share('measured.severe_people', 'measured.people_with_gap') }} as severe_share,
    cast(measured.strategic_people as bigint) as strategic_people,
    {{ share('measured.strategic_people', 'measured.people_with_gap') }} as strategic_share,
    priorities.priority_score,
    cast(priorities.priority_rank as bigint) as priority_rank,
    cast(measured.planned_participants as bigint) as planned_participants,
    measured.planned_hours,
    cast(measured.unmet_people as bigint) as unmet_people,
    case
        when measured.people_with_gap > 0
            then coalesce(best_forms.learning_form, recommended.learning_form)
    end as recommended_form,
    case when best_forms.learning_form is null then alternative.learning_form end as alternative_form,
    case when measured.people_with_gap > 0 then coalesce(best_forms.evidence, 'none') end as evidence,
    measured.is_carried_forward
from measured
left join priorities
    on
        measured.agency_code = priorities.agency_code
        and measured.competency_code = priorities.competency_code
        and measured.position_level = priorities.position_level
left join best_forms on measured.competency_code = best_forms.competency_code
left join forms as recommended
    on
        recommended.rule_set = 'recommended_form'
        and measured.severity = recommended.severity
        and measured.family = recommended.family
left join forms as alternative
    on
        alternative.rule_set = 'alternative_form'
        and measured.severity = alternative.severity
        and measured.family = alternative.family
