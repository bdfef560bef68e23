-- The nine statutory competencies, and every other one that a standard or an assessment names.
with statutory as (
    select * from {{ ref('code_competency') }}
),

named as (
    select competency_code from {{ ref('stg_standar_kompetensi') }}
    union
    select competency_code from {{ ref('fct_assessment') }}
),

others as (
    select named.competency_code
    from named
    left join statutory on named.competency_code = statutory.code
    where statutory.code is null
)

select
    statutory.code as competency_code,
    statutory.label_id as competency_name_id,
    statutory.label_en as competency_name_en,
    statutory.family,
    statutory.is_statutory
from statutory
union all
select
    others.competency_code,
    others.competency_code as competency_name_id,
    others.competency_code as competency_name_en,
    {{ competency_family('others.competency_code') }} as family,
    false as is_statutory
from others
