-- The commit log as it was known at `as_of`: later submissions and later periods do not exist.
with source as (
    select * from {{ source('lake', 'submission') }}
)

select
    source.submission_id,
    source.dataset,
    source.agency_code,
    {{ month_start('source.period') }} as period,
    source.period as lake_period,
    source.revision,
    source.received_at,
    source.status,
    source.refusal_rule,
    source.file_name,
    source.file_format,
    source.file_sha256,
    source.file_bytes,
    source.rows_read,
    source.rows_accepted,
    source.rows_rejected,
    source.rows_warned,
    coalesce(source.rows_replayed, 0) as rows_replayed,
    source.cells_total,
    source.cells_filled,
    source.top_reasons,
    source.batch_id
from source
where
    source.period <= {{ period_text() }}
    and source.received_at <= {{ as_of() }}
