{{ config(schema='core') }}

with

agency as (
    select * from {{ ref('dim_agency') }}
),

calendar as (
    select * from {{ ref('stg_calendar') }}
    where period = {{ period_first_day() }}
),

received as (
    select * from {{ ref('int_submission__received') }}
),

counting as (
    select * from {{ ref('int_submission__counting') }}
    where period = {{ period_first_day() }} and is_carried_forward
),

orphan_row as (
    select * from {{ ref('int_orphan__rows') }}
),

excluded as (
    select * from {{ ref('int_submission__excluded') }}
),

dataset_list as (
    select code as dataset from {{ ref('code_dataset') }}
),

orphan as (
    select
        agency_code,
        dataset,
        sum(rows) as orphans
    from orphan_row
    group by agency_code, dataset
),

carried as (
    select
        agency_code,
        dataset
    from counting
    group by agency_code, dataset
)

select
    agency.agency_code,
    agency.agency_name,
    dataset_list.dataset,
    coalesce(calendar.is_expected, false) as is_expected,
    {{ end_of_day_jakarta('calendar.due_on') }} as due_at,
    coalesce(received.is_admitted, false) as is_admitted,
    (received.agency_code is not null) as is_received,
    cast(coalesce(received.revisions, 0) as {{ dbt.type_bigint() }}) as revisions,
    received.received_at,
    received.revised_at,
    received.refusal_rule,
    coalesce(received.has_refused_revision, false) as has_refused_revision,
    received.rows_read,
    received.rows_accepted,
    received.rows_rejected,
    received.rows_warned,
    received.rows_replayed,
    case
        when received.is_admitted or carried.agency_code is not null
            then cast(coalesce(orphan.orphans, 0) as {{ dbt.type_bigint() }})
    end as orphans,
    excluded.people_counted,
    excluded.excluded_inactive,
    excluded.excluded_duplicate_person,
    excluded.excluded_other,
    (carried.agency_code is not null) as is_carried_forward,
    received.cells_total,
    received.cells_filled,
    {{ dbt.datediff('calendar.due_on', day_in_jakarta('received.received_at'), 'day') }}
        as days_late,
    received.top_reasons
from agency
cross join dataset_list
left join calendar on dataset_list.dataset = calendar.dataset
{%- for relation in ['received', 'orphan', 'excluded', 'carried'] %}
left join {{ relation }}
    on
        agency.agency_code = {{ relation }}.agency_code
        and dataset_list.dataset = {{ relation }}.dataset
{%- endfor %}
