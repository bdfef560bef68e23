{{ config(materialized='table') }}

-- The last admitted revision of every (dataset, agency, source period) counts; of a snapshot only
-- the newest source period counts, and only while it may be carried forward.
with submissions as (
    select * from {{ ref('stg_submission') }}
),

datasets as (
    select * from {{ ref('code_dataset') }}
),

admitted as (
    select
        submissions.dataset,
        submissions.agency_code,
        submissions.submission_id,
        submissions.revision,
        submissions.received_at,
        submissions.period as source_period,
        submissions.lake_period,
        datasets.kind,
        row_number() over (
            partition by submissions.dataset, submissions.agency_code, submissions.period
            order by submissions.revision desc, submissions.received_at desc, submissions.submission_id desc
        ) as revision_rank
    from submissions
    inner join datasets on submissions.dataset = datasets.code
    where submissions.status <> 'ditolak'
),

counting as (
    select
        admitted.*,
        row_number() over (
            partition by admitted.dataset, admitted.agency_code
            order by admitted.source_period desc
        ) as period_rank
    from admitted
    where admitted.revision_rank = 1
),

limits as (
    select {{ rule_integer('snapshot', 'carry_forward_months') }} as carry_forward_months
)

select
    counting.dataset,
    counting.agency_code,
    {{ period_first_day() }} as period,
    counting.submission_id,
    counting.revision,
    counting.received_at,
    counting.kind = 'snapshot' and counting.source_period < {{ period_first_day() }} as is_carried_forward,
    counting.source_period,
    counting.lake_period
from counting
cross join limits
where
    counting.kind = 'event'
    or (
        counting.period_rank = 1
        and {{ add_months('counting.source_period', 'limits.carry_forward_months') }}
        >= {{ period_first_day() }}
    )
