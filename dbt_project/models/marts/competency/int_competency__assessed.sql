{{ config(schema='core') }}

-- What is known of each person's assessments of the statutory competencies, by method and (method
-- null) by any: how many results are still valid, and when the first of them ceases to be. Of two
-- results of one competency by one method the one that is valid longer counts.
with statutory as (
    select * from {{ ref('code_competency') }}
    where is_statutory
),

results as (
    select
        assessments.person_key,
        assessments.method,
        assessments.competency_code,
        grouping(assessments.method) as any_method,
        max(assessments.valid_until) as valid_until,
        bool_or(assessments.is_valid) as is_valid
    from {{ ref('fct_assessment') }} as assessments
    inner join statutory on assessments.competency_code = statutory.code
    group by grouping sets (
        (assessments.person_key, assessments.competency_code, assessments.method),
        (assessments.person_key, assessments.competency_code)
    )
)

select
    person_key,
    case when any_method = 0 then method end as method,
    any_method = 1 as is_any_method,
    cast(count(case when is_valid then 1 end) as integer) as valid_competencies,
    min(case when is_valid then valid_until end) as first_valid_until
from results
group by person_key, any_method, method
