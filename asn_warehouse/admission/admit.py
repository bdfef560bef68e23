"""Admits files: judge, store, answer the agency, and commit last."""

import json
import os
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import duckdb
import structlog

from asn_warehouse import vault
from asn_warehouse.admission.batch import Batch, Reason, Rejected, Verdict, batches
from asn_warehouse.admission.landing import (
    PATH_RULES,
    Chunk,
    LandedFile,
    chunks,
    file_sha256,
    scan,
    strays,
)
from asn_warehouse.admission.parsing import literal
from asn_warehouse.admission.readers import Readable, open_file, read_repaired
from asn_warehouse.admission.receipts import write_answer
from asn_warehouse.admission.rejects import store_rejected
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.errors import SubmissionRefused, UsageError
from asn_warehouse.lake import (
    clear_partial,
    commit,
    exclusive,
    partition,
    read_submissions,
    replacing,
)
from asn_warehouse.periods import Period
from asn_warehouse.reference import check_reference
from asn_warehouse.settings import Settings

Status = Literal["diterima", "diterima_sebagian", "ditolak"]
Progress = Callable[[int, int, str], None]
log = structlog.get_logger()
SubmissionKey = tuple[str, str]
ROW_GROUP = 61_440
"""Rows of a row group: small enough that two cores are busy with a chunk to its end.

A batch that fits into one is written in the order of its files. The rows of a larger one come as
the cores deliver them: sorting them takes as long as all the rest, and nothing reads their order.
"""
Log = dict[SubmissionKey, list[dict[str, Any]]]


@dataclass(frozen=True)
class Outcome:
    """What became of one file; ``is_known`` where the same bytes were admitted before."""

    file: LandedFile
    status: Status
    refusal_rule: str | None
    refusal_value: str
    rows_read: int
    rows_rejected: int
    rows_warned: int
    cells_filled: int
    reasons: tuple[Reason, ...]
    rejected: tuple[Rejected, ...]
    header: tuple[str, ...]
    positions: tuple[tuple[str, int], ...]
    ignored: tuple[str, ...]
    sha256: str
    format: str
    revision: int = 0
    submission_id: str = ""
    is_known: bool = False

    @property
    def rows_accepted(self) -> int:
        """Rows that went into the lake."""
        return self.rows_read - self.rows_rejected


@dataclass(frozen=True)
class IngestSummary:
    """What an ingest did, file by file."""

    period: str
    outcomes: tuple[Outcome, ...]

    @property
    def files(self) -> int:
        """Files looked at."""
        return len(self.outcomes)

    @property
    def refused(self) -> int:
        """Files refused whole."""
        return sum(o.status == "ditolak" for o in self.outcomes)

    @property
    def known(self) -> int:
        """Files that had been admitted before, byte for byte."""
        return sum(o.is_known for o in self.outcomes)

    @property
    def rows_read(self) -> int:
        """Rows read."""
        return sum(o.rows_read for o in self.outcomes)

    @property
    def rows_accepted(self) -> int:
        """Rows accepted."""
        return sum(o.rows_accepted for o in self.outcomes)

    @property
    def rows_rejected(self) -> int:
        """Rows rejected."""
        return sum(o.rows_rejected for o in self.outcomes)


def plan(
    settings: Settings,
    period: Period,
    dataset_names: list[str] | None = None,
    agencies: list[str] | None = None,
) -> list[Chunk]:
    """Return the landed files of ``period`` that are to be admitted, in at most 64 chunks.

    A file that has its answer is left out: its bytes are the last revision for its dataset, or
    were overtaken by another file (a workbook beside a CSV), and it has not been sent once more.
    Files whose path is wrong belong to every plan, whatever datasets are asked for.
    """
    answered = _submissions(settings, str(period))
    fresh = [
        file
        for file in scan(settings, period)
        if (not dataset_names or file.dataset in dataset_names or file.refusal is not None)
        and (not agencies or file.agency_code in agencies)
        and not _is_answered(file, answered.get((file.agency_code, file.dataset), []))
    ]
    return chunks(fresh, settings.chunk_limit)


def _is_answered(file: LandedFile, rows: list[dict[str, Any]]) -> bool:
    """Return whether ``file`` would get the answer that it had; refused and sent again it may not.

    A path that was refused may be right by now: the agency may have come into force.
    """
    same = _repeated(file, file_sha256(Path(file.path)), rows) if rows else None
    if same is None or same["status"] != "ditolak":
        return same is not None
    refused_path = same["refusal_rule"] if same["refusal_rule"] in PATH_RULES else None
    return file.received_at <= same["received_at"] and file.refusal == refused_path


def _repeated(file: LandedFile, sha256: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the submission in ``rows`` (by revision) that ``file`` repeats, if any.

    That is the last one, or the last under the same file name where another name has overtaken it
    and nothing has been sent since: the bytes must be the same.
    """
    named = [
        row
        for row in rows
        if row["file_name"] == file.plain_name and file.received_at <= row["received_at"]
    ]
    last = [*named[-1:], *rows[-1:]]
    return next((row for row in reversed(last) if row["file_sha256"] == sha256), None)


def ingest(
    settings: Settings,
    period: Period,
    dataset_names: list[str] | None = None,
    agencies: list[str] | None = None,
    progress: Progress | None = None,
) -> IngestSummary:
    """Admit all that has landed for ``period`` and return what became of each file.

    Raises:
        UsageError: when the period is not in the calendar, or nothing has landed for it.
    """
    check_reference(settings)
    work = plan(settings, period, dataset_names, agencies)
    if not (settings.landing / str(period)).is_dir():
        raise UsageError(
            f"Nothing has landed for {period}.",
            mend=f"Put files into {settings.landing / str(period)}/<agency_code>/.",
        )
    outcomes = [] if agencies else refuse_strays(settings)
    total = sum(len(chunk.files) for chunk in work)
    for chunk in work:

        def report(done: int, _: int, label: str, before: int = len(outcomes)) -> None:
            if progress is not None:
                progress(before + done, total, label)

        outcomes += admit(settings, chunk, report)
    return IngestSummary(str(period), tuple(outcomes))


def refuse_strays(settings: Settings) -> list[Outcome]:
    """Answer files under a month that cannot be submitted; the commit log has no place for them."""
    outcomes = [
        refused_outcome(file, SubmissionRefused("file.unknown_period", **(file.places or {})))
        for file in strays(settings)
    ]
    for outcome in outcomes:
        write_answer(
            settings, outcome.file.period, outcome, datasets(settings).get(outcome.file.dataset)
        )
    return outcomes


def admit(settings: Settings, chunk: Chunk, progress: Progress | None = None) -> list[Outcome]:
    """Admit the files of ``chunk``; return an outcome for every one.

    Files of one dataset that share a layout are read and judged together. Two files for the same
    agency and dataset are two revisions, in the order of receipt.
    """
    outcomes: list[Outcome] = []
    with exclusive(settings, f"admission-{chunk.period}"), vault.scratch(settings) as scratch:
        clear_partial(settings, chunk.period)
        for files in _rounds(chunk.files):
            log_before = _submissions(settings, chunk.period)
            readables, refused = _open(settings, files, scratch)
            outcomes += _commit_refused(settings, chunk.period, refused, log_before)
            for name, group in _by_dataset(readables).items():
                dataset = datasets(settings)[name]
                outcomes += _admit_dataset(settings, chunk.period, dataset, group, log_before)
                if progress is not None:
                    progress(len(outcomes), len(chunk.files), dataset.label)
    return outcomes


def _rounds(files: tuple[LandedFile, ...]) -> list[list[LandedFile]]:
    """Split files so that no round has two for the same agency and dataset."""
    rounds: list[list[LandedFile]] = []
    seen: dict[SubmissionKey, int] = defaultdict(int)
    for file in sorted(files, key=lambda f: (f.received_at, f.path)):
        number = seen[file.agency_code, file.dataset]
        seen[file.agency_code, file.dataset] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(file)
    return rounds


def _by_dataset(readables: list[Readable]) -> dict[str, list[Readable]]:
    groups: dict[str, list[Readable]] = defaultdict(list)
    for readable in sorted(readables, key=lambda r: (r.file.dataset, r.file.path)):
        groups[readable.file.dataset].append(readable)
    return groups


def _open(
    settings: Settings, files: list[LandedFile], scratch: Path
) -> tuple[list[Readable], list[Outcome]]:
    """Look into files, several at a time: reading and hashing leave the interpreter free."""

    def look(file: LandedFile) -> Readable | Outcome:
        try:
            if file.refusal is not None:
                raise SubmissionRefused(file.refusal, **(file.places or {}))
            return open_file(settings, file, datasets(settings)[file.dataset], scratch)
        except SubmissionRefused as refusal:
            return refused_outcome(file, refusal)
        except Exception as error:
            log.error("unreadable", dataset=file.dataset, error=type(error).__name__)
            return refused_outcome(file, SubmissionRefused("file.unreadable", value=file.suffix))

    with ThreadPoolExecutor(settings.threads or os.cpu_count()) as pool:
        found = list(pool.map(look, files))
    readables = [one for one in found if isinstance(one, Readable)]
    return readables, [one for one in found if isinstance(one, Outcome)]


def refused_outcome(file: LandedFile, refusal: SubmissionRefused) -> Outcome:
    """Return the outcome of a file of which nothing is stored."""
    value = str(refusal.places.get("value", ""))
    path = Path(file.path)
    digest = file_sha256(path) if path.is_file() else ""
    kind = file.suffix.lstrip(".")
    return Outcome(
        file, "ditolak", refusal.rule, value, 0, 0, 0, 0, (), (), (), (), (), digest, kind
    )


def judge(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    dataset: Dataset,
    period: Period,
    readables: list[Readable],
    store: Callable[[Batch, list[Outcome]], list[Outcome]],
) -> list[Outcome]:
    """Judge files of one dataset batch by batch and hand each judged batch to ``store``."""
    outcomes: list[Outcome] = []
    waiting = batches(readables)
    while waiting:
        batch = Batch(connection, settings, dataset, period, waiting.pop(0))
        unsound = batch.load()
        if unsound:
            for readable in unsound:
                read_repaired(readable)
            rest = [r for group in waiting for r in group]
            waiting = batches([*batch.readables, *rest])
            continue
        outcomes += store(batch, [_outcome(verdict) for verdict in batch.judge()])
    return outcomes


def _outcome(verdict: Verdict) -> Outcome:
    readable = verdict.readable
    refusal = None
    if verdict.rows_read == 0:
        refusal = "file.no_rows"
    elif verdict.rows_accepted == 0:
        refusal = "file.all_rejected"
    status: Status = "diterima_sebagian" if verdict.rows_rejected else "diterima"
    return Outcome(
        file=readable.file,
        status="ditolak" if refusal else status,
        refusal_rule=refusal,
        refusal_value="",
        rows_read=verdict.rows_read,
        rows_rejected=verdict.rows_rejected,
        rows_warned=verdict.rows_warned,
        cells_filled=verdict.cells_filled,
        reasons=verdict.reasons,
        rejected=verdict.rejected,
        header=readable.titles,
        positions=readable.header.positions,
        ignored=readable.header.ignored,
        sha256=readable.sha256,
        format=readable.format,
    )


# -- storing ---------------------------------------------------------------------------------------


def _submissions(settings: Settings, period: str) -> Log:
    """Return the commit log of a month by agency and dataset, each in the order of revisions."""
    found: Log = defaultdict(list)
    for row in read_submissions(settings, period).to_pylist():
        found[row["agency_code"], row["dataset"]].append(row)
    return found


def _numbered(outcome: Outcome, period: str, log_before: Log) -> Outcome:
    """Give an outcome its revision and id; a repeat of a submission keeps that one's."""
    file = outcome.file
    rows = log_before.get((file.agency_code, file.dataset), [])
    last = rows[-1] if rows else None
    same = _repeated(file, outcome.sha256, rows)
    if same is not None and (same["status"], same["refusal_rule"]) == (
        outcome.status, outcome.refusal_rule,
    ):  # fmt: skip
        return replace(
            outcome,
            revision=same["revision"],
            submission_id=same["submission_id"],
            is_known=True,
            file=replace(file, received_at=same["received_at"]),
        )
    revision = last["revision"] + 1 if last else 1
    received = file.received_at
    if last is not None:
        received = max(received, last["received_at"] + timedelta(seconds=1))
    identity = "|".join([file.agency_code, file.dataset, period, outcome.sha256, str(revision)])
    return replace(
        outcome,
        revision=revision,
        submission_id="s" + sha256(identity.encode()).hexdigest()[:16],
        file=replace(file, received_at=received),
    )


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
        "cells_total": outcome.rows_accepted * len(dataset.columns) if dataset else 0,
        "cells_filled": outcome.cells_filled,
        "top_reasons": json.dumps(reasons[:10]),
        "batch_id": batch_id,
    }


def _batch_id(outcomes: list[Outcome]) -> str:
    ids = "|".join(sorted(outcome.submission_id for outcome in outcomes))
    return "b" + sha256(ids.encode()).hexdigest()[:16]


def _commit_refused(
    settings: Settings,
    period: str,
    refused: list[Outcome],
    log_before: Log,
) -> list[Outcome]:
    outcomes = [_numbered(outcome, period, log_before) for outcome in refused]
    _answer_and_commit(settings, period, outcomes, _batch_id(outcomes))
    return outcomes


def _answer_and_commit(
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


def _admit_dataset(
    settings: Settings,
    period: str,
    dataset: Dataset,
    readables: list[Readable],
    log_before: Log,
) -> list[Outcome]:
    def store(batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
        numbered = [_numbered(outcome, period, log_before) for outcome in outcomes]
        batch_id = _batch_id([o for o in numbered if not o.is_known])
        _write_batch(settings, period, batch, numbered, batch_id)
        store_rejected(settings, period, dataset, numbered, batch_id)
        _answer_and_commit(settings, period, numbered, batch_id)
        return numbered

    try:
        with vault.private_engine(settings) as connection:
            return judge(connection, settings, dataset, Period.parse(period), readables, store)
    except duckdb.Error as error:
        log.error("unreadable", dataset=dataset.name, error=type(error).__name__)
        return _admit_apart(settings, period, dataset, readables)


def _admit_apart(
    settings: Settings, period: str, dataset: Dataset, readables: list[Readable]
) -> list[Outcome]:
    """Admit files one by one, since one of them cannot be judged: the others do not suffer."""
    log_before = _submissions(settings, period)
    if len(readables) == 1:
        refusal = SubmissionRefused("file.unreadable", value=readables[0].format)
        outcome = refused_outcome(readables[0].file, refusal)
        return _commit_refused(settings, period, [outcome], log_before)
    outcomes: list[Outcome] = []
    for one in readables:
        outcomes += _admit_dataset(settings, period, dataset, [one], log_before)
    return outcomes


def _write_batch(
    settings: Settings, period: str, batch: Batch, outcomes: list[Outcome], batch_id: str
) -> None:
    """Write a batch's accepted rows to the lake and its identities to the vault."""
    wanted = [
        (index, o.submission_id, o.file.agency_code)
        for index, o in enumerate(outcomes)
        if o.status != "ditolak" and not o.is_known
    ]
    if not wanted:
        return
    connection, dataset = batch.connection, batch.dataset
    names = {"submission": {row[1] for row in wanted}, "agency": {row[2] for row in wanted}}
    for name, values in names.items():
        members = ", ".join(literal(value) for value in sorted(values))
        connection.execute(f"drop type if exists {name}_enum")
        connection.execute(f"create type {name}_enum as enum ({members})")
    connection.execute(
        "create or replace temp table submitted(file_index integer,"
        " submission_id submission_enum, agency_code agency_enum)"
    )
    connection.executemany("insert into submitted values (?, ?, ?)", wanted)
    source = batch.accepted("join submitted using (file_index)")
    if sum(o.rows_accepted for o in outcomes) <= ROW_GROUP:
        source += " order by t.rowid"
    head = f"submission_id, agency_code, {batch.row_number()} as row_number"
    with replacing(partition(settings, dataset.name, period) / f"{batch_id}.parquet") as target:
        connection.execute(
            f"copy (select {head}, {batch.lake_select()} {source})"
            f" to {literal(str(target))} (format parquet, compression zstd, parquet_version v2,"
            f" row_group_size {ROW_GROUP})"
        )
    private = [c for c in dataset.columns if c.is_identity and c.key_name is None]
    if not private:
        return
    nips = [c for c in dataset.columns if c.kind == "nip"]
    columns = ", ".join(
        [f"key_{c.name}.key as {c.key_name}, t.{c.name}::varchar as {c.name}" for c in nips]
        + [f"t.{c.name}" for c in private]
    )
    folder = vault.ensure_private(settings.vault, "identity", dataset.name, f"period={period}")
    with replacing(folder / f"{batch_id}.parquet") as target:
        connection.execute(
            f"copy (select submission_id, agency_code, {columns} {source})"
            f" to {literal(str(target))} (format parquet, compression zstd)"
        )
        target.chmod(0o600)
