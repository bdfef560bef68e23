-- Lines of the yearly development plans that count for the report period.
with plans as (
    select * from {{ ref('stg_rencana_pengembangan') }}
)

select
    plans.agency_code,
    plans.year,
    plans.competency_code,
    plans.position_level,
    plans.learning_form,
    plans.planned_participants,
    plans.planned_hours,
    plans.provider,
    plans.start_month,
    plans.budget_idr,
    plans.is_carried_forward
from plans
