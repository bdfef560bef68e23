{{ config(schema='core') }}

-- The form of learning with the strongest evidence for each competency, over all agencies: of the
-- programmes with at least moderate evidence that they help, the strongest, then the largest effect.
with offer as (
    select * from {{ ref('int_program__offer') }}
),

ranked as (
    select
        competency_code,
        learning_form,
        evidence,
        row_number() over (
            partition by competency_code
            order by
                case evidence when 'strong' then 0 else 1 end asc,
                effect_size desc nulls last,
                learning_form asc
        ) as place
    from offer
)

select
    competency_code,
    learning_form,
    evidence
from ranked
where place = 1
