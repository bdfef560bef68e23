-- Appraisals with the predicate recomputed from the two ratings; the reported one is kept beside it.
with appraisals as (
    {{ latest_rows(
        ref('stg_kinerja'),
        keys=['person_key', 'year', 'period_type'],
        order_by='source_period desc, agency_code, row_number',
        columns=[
            'agency_code', 'person_key', 'year', 'period_type', 'result_rating', 'behaviour_rating',
            'quadrant_reported',
        ],
        where='year >= ' ~ period_year() ~ ' - ' ~ rule_integer('performance', 'history_years'),
    ) | indent(4) }}
),

periods as (
    select * from {{ ref('code_performance_period') }}
),

quadrants as (
    select
        matrix.row_code,
        matrix.column_code,
        matrix.result_code
    from {{ ref('rule_matrix') }} as matrix
    where matrix.rule_set = 'performance_quadrant' and {{ in_force('matrix') }}
),

scores as (
    select
        predicate.code,
        predicate.score
    from {{ ref('rule_score') }} as predicate
    where predicate.rule_set = 'performance_predicate' and {{ in_force('predicate') }}
),

dated as (
    select
        appraisals.*,
        {{ add_months(make_date('appraisals.year', 'periods.last_month', 1), 1) }} as next_period_on
    from appraisals
    inner join periods on appraisals.period_type = periods.code
)

select
    dated.agency_code,
    dated.person_key,
    dated.year,
    dated.period_type,
    dated.result_rating,
    dated.behaviour_rating,
    cast(quadrants.result_code as integer) as quadrant,
    dated.quadrant_reported,
    scores.score as performance_score,
    cast({{ dbt.dateadd('day', -1, 'dated.next_period_on') }} as date) as ended_on
from dated
left join quadrants
    on
        cast(dated.result_rating as {{ dbt.type_string() }}) = quadrants.row_code
        and cast(dated.behaviour_rating as {{ dbt.type_string() }}) = quadrants.column_code
left join scores on quadrants.result_code = scores.code
