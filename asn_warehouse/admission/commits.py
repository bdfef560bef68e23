"""Submissions: their revisions and ids, their answers, and the commit log that makes them count."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import structlog

from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.outcomes import Outcome
from asn_warehouse.admission.receipts import write_answer
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.lake import commit, read_submissions
from asn_warehouse.settings import Settings

SubmissionKey = tuple[str, str]
Log = dict[SubmissionKey, list[dict[str, Any]]]
log = structlog.get_logger()


def read_log(settings: Settings, period: str) -> Log:
    """Return the commit log of a month by agency and dataset, each in the order of revisions."""
    found: Log = defaultdict(list)
    for row in read_submissions(settings, period).to_pylist():
        found[row["agency_code"], row["dataset"]].append(row)
    return found


def repeated(file: LandedFile, sha256: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the submission in ``rows`` (by revision) that ``file`` repeats, if any.

    That is the last one, or the last under the same file name where another name has overtaken it
    and nothing has been sent since: the bytes must be the same. Of two names that differ in case
    alone, neither has overtaken the other's answer.
    """
    named = _since(file, rows)
    last = [*(named if file.is_twin else named[-1:]), *rows[-1:]]
    return next((row for row in reversed(last) if row["file_sha256"] == sha256), None)


def answered_unread(file: LandedFile, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the submission in ``rows`` that an object ``file`` has become, if any.

    Size and time suffice, where of a file they would not: an object store sets the time itself at
    each write and nobody can set it back, so that an object no younger than its answer is the one
    that was answered.
    """
    named = _since(file, rows)
    last = named if file.is_twin else named[-1:]
    return next((row for row in reversed(last) if row["file_bytes"] == file.size), None)


def _since(file: LandedFile, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the submissions under the name of ``file`` that are no older than it."""
    return [
        row
        for row in rows
        if row["file_name"] == file.plain_name and file.received_at <= row["received_at"]
    ]


def numbered(outcome: Outcome, period: str, log_before: Log) -> Outcome:
    """Give an outcome its revision and id; a repeat of a submission keeps that one's."""
    file = outcome.file
    rows = log_before.get((file.agency_code, file.dataset), [])
    same = None if outcome.takes_over else repeated(file, outcome.sha256, rows)
    if same is not None and (same["status"], same["refusal_rule"]) == (
        outcome.status, outcome.refusal_rule,
    ):  # fmt: skip
        return replace(
            outcome,
            revision=same["revision"],
            submission_id=same["submission_id"],
            is_known=True,
            counted_before=_counted([r for r in rows if r["revision"] < same["revision"]]),
            file=replace(file, received_at=same["received_at"]),
        )
    revision, received = 1, file.received_at
    if rows:
        revision = rows[-1]["revision"] + 1
        received = max(received, rows[-1]["received_at"] + timedelta(seconds=1))
    identity = "|".join([file.agency_code, file.dataset, period, outcome.sha256, str(revision)])
    return replace(
        outcome,
        revision=revision,
        submission_id="s" + sha256(identity.encode()).hexdigest()[:16],
        counted_before=_counted(rows),
        file=replace(file, received_at=received),
    )


def _counted(rows: list[dict[str, Any]]) -> tuple[int, str] | None:
    """Return revision and id of the last of ``rows`` that was admitted."""
    admitted = [(r["revision"], r["submission_id"]) for r in rows if r["status"] != "ditolak"]
    return admitted[-1] if admitted else None


def submission_row(outcome: Outcome, dataset: Dataset | None, batch_id: str) -> dict[str, Any]:
    """Return the commit-log row of an outcome."""
    reasons = [
        {"rule": r.rule, "rows": r.rows, "example_row": r.example_row}
        for r in outcome.reasons
        if r.severity == "error"
    ]
    return {
        "submission_id": outcome.submission_id,
        "agency_code": outcome.file.agency_code,
        "dataset": outcome.file.dataset,
        "revision": outcome.revision,
        "received_at": outcome.file.received_at,
        "file_name": outcome.file.plain_name,
        "file_format": outcome.format,
        "file_sha256": outcome.sha256,
        "file_bytes": outcome.file.size,
        "status": outcome.status,
        "refusal_rule": outcome.refusal_rule,
        "rows_read": outcome.rows_read,
        "rows_accepted": outcome.rows_accepted,
        "rows_rejected": outcome.rows_rejected,
        "rows_warned": outcome.rows_warned,
        "rows_replayed": outcome.rows_replayed,
        "cells_total": outcome.rows_accepted * len(dataset.columns) if dataset else 0,
        "cells_filled": outcome.cells_filled,
        "top_reasons": json.dumps(reasons[:10]),
        "batch_id": batch_id,
    }


def batch_id_of(outcomes: list[Outcome]) -> str:
    """Return the id of the batch that these numbered outcomes form."""
    ids = "|".join(sorted(outcome.submission_id for outcome in outcomes))
    return "b" + sha256(ids.encode()).hexdigest()[:16]


def answer_and_commit(
    settings: Settings, period: str, outcomes: list[Outcome], batch_id: str
) -> None:
    """Write receipts, then the commit log: what an agency was told is what counts."""
    fresh = [outcome for outcome in outcomes if not outcome.is_known]
    for outcome in outcomes:
        dataset = datasets(settings).get(outcome.file.dataset)
        write_answer(settings, period, outcome, dataset)
    rows = [submission_row(o, datasets(settings).get(o.file.dataset), batch_id) for o in fresh]
    if rows:
        commit(settings, period, batch_id, rows)
    for outcome in fresh:
        log.info(
            "submission",
            submission_id=outcome.submission_id,
            agency_code=outcome.file.agency_code,
            dataset=outcome.file.dataset,
            period=period,
            status=outcome.status,
            refusal_rule=outcome.refusal_rule,
            rows_read=outcome.rows_read,
            rows_rejected=outcome.rows_rejected,
        )
