{{ config(schema='core') }}

-- People with a valid result of each statutory competency, and the sum of their levels.
with statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

results as (
    select * from {{ ref('int_assessment__latest') }}
),

rules as (
    select {{ rule_integer('jpm', 'statutory_competencies') }} as statutory_competencies
),

summed as (
    select
        results.person_key,
        count(*) as competencies,
        sum(results.achieved_level) as achieved_sum
    from results
    inner join statutory on results.competency_code = statutory.code
    group by results.person_key
)

select
    summed.person_key,
    cast(summed.achieved_sum as integer) as achieved_sum
from summed
inner join rules on summed.competencies = rules.statutory_competencies
