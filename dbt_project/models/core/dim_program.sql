-- Programme runs; where several periods sent the same run, the latest counts.
with runs as (
    {{ latest_rows(
        ref('stg_program_pelatihan'),
        keys=['agency_code', 'program_code', 'run'],
        order_by='source_period desc, row_number',
        columns=[
            'agency_code', 'program_code', 'run', 'program_name', 'learning_form', 'competency_codes',
            'starts_on', 'ends_on', 'hours', 'provider', 'cost_idr', 'quota', 'obstacle',
        ],
    ) | indent(4) }}
),

learning_forms as (
    select * from {{ ref('code_learning_form') }}
)

select
    runs.agency_code,
    runs.program_code,
    runs.run,
    runs.program_name,
    runs.learning_form,
    learning_forms.form_group,
    runs.competency_codes,
    runs.starts_on,
    runs.ends_on,
    runs.hours,
    runs.provider,
    runs.cost_idr,
    runs.quota,
    runs.obstacle
from runs
left join learning_forms on runs.learning_form = learning_forms.code
