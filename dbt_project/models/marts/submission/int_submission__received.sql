{{ config(schema='core') }}

with

submission as (
    select
        stg_submission.*,
        -- A replay admits rows of a file sent before: that file came when it was sent.
        bool_or(stg_submission.status != 'ditolak') over (
            partition by
                stg_submission.agency_code, stg_submission.dataset, stg_submission.file_sha256
        ) as is_file_admitted
    from {{ ref('stg_submission') }} as stg_submission
    where stg_submission.period = {{ period_first_day() }}
),

ranked as (
    select
        submission.*,
        -- Admitted files before refused ones, each by the latest revision.
        row_number() over (
            partition by submission.agency_code, submission.dataset
            order by
                case when submission.status = 'ditolak' then 1 else 0 end asc,
                submission.revision desc,
                submission.received_at desc,
                submission.submission_id desc
        ) as standing,
        count(*) over (partition by submission.agency_code, submission.dataset) as files,
        min(case when submission.is_file_admitted then submission.received_at end) over (
            partition by submission.agency_code, submission.dataset
        ) as first_admitted_at,
        -- Of the last file that the agency sent; null where that one was admitted.
        first_value(
            case when not submission.is_file_admitted then submission.refusal_rule end
        ) over (
            partition by submission.agency_code, submission.dataset
            order by
                case when submission.rows_replayed > 0 then 1 else 0 end asc,
                submission.revision desc,
                submission.received_at desc,
                submission.submission_id desc
        ) as last_refusal_rule
    from submission
)

select
    agency_code,
    dataset,
    (status != 'ditolak') as is_admitted,
    cast(files as {{ dbt.type_bigint() }}) as revisions,
    coalesce(first_admitted_at, received_at) as received_at,
    case when received_at > first_admitted_at then received_at end as revised_at,
    last_refusal_rule as refusal_rule,
    (status != 'ditolak' and last_refusal_rule is not null) as has_refused_revision,
    case when status != 'ditolak' then rows_read end as rows_read,
    case when status != 'ditolak' then rows_accepted end as rows_accepted,
    case when status != 'ditolak' then rows_rejected end as rows_rejected,
    case when status != 'ditolak' then rows_warned end as rows_warned,
    case when status != 'ditolak' then rows_replayed end as rows_replayed,
    case when status != 'ditolak' then cells_total end as cells_total,
    case when status != 'ditolak' then cells_filled end as cells_filled,
    top_reasons
from ranked
where standing = 1
