-- The scorecard's orphans of a submission are those of submission_orphan, over all reasons.
with reasons as (
    select
        agency_code,
        dataset,
        sum(rows) as orphans
    from {{ ref('submission_orphan') }}
    group by agency_code, dataset
),

scorecard as (
    select * from {{ ref('submission_scorecard') }}
)

select
    coalesce(scorecard.agency_code, reasons.agency_code) as agency_code,
    coalesce(scorecard.dataset, reasons.dataset) as dataset,
    scorecard.orphans as scorecard_orphans,
    reasons.orphans as reason_orphans
from scorecard
full outer join reasons
    on
        scorecard.agency_code = reasons.agency_code
        and scorecard.dataset = reasons.dataset
where coalesce(scorecard.orphans, 0) <> coalesce(reasons.orphans, 0)
