-- The nine statutory competencies, those of the agencies' dictionaries, and every other one that a
-- standard, an assessment or a plan names.
with statutory as (
    select * from {{ ref('code_competency') }}
),

dictionary as (
    select
        competency_code,
        competency_name,
        count(*) as agencies
    from {{ ref('stg_kompetensi') }}
    group by competency_code, competency_name
),

-- Where agencies name one code differently, the name that most of them use.
entries as (
    select
        competency_code,
        competency_name,
        row_number() over (
            partition by competency_code
            order by agencies desc, competency_name asc
        ) as name_rank
    from dictionary
),

named as (
    select competency_code from dictionary
    union
    select competency_code from {{ ref('stg_standar_kompetensi') }}
    union
    select competency_code from {{ ref('stg_rencana_pengembangan') }}
    union
    select competency_code from {{ ref('fct_assessment') }}
),

others as (
    select
        named.competency_code,
        coalesce(entries.competency_name, named.competency_code) as competency_name
    from named
    left join statutory on named.competency_code = statutory.code
    left join entries
        on named.competency_code = entries.competency_code and entries.name_rank = 1
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
    others.competency_name as competency_name_id,
    others.competency_name as competency_name_en,
    {{ competency_family('others.competency_code') }} as family,
    false as is_statutory
from others
