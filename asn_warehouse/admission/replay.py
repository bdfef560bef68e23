"""Rejected rows once more: under today's contracts and code lists some of them may pass.

Those that pass become part of a new revision of their submission, beside the rows that it had
accepted; what was accepted is never judged again. ``as_of`` tells before and after apart.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from asn_warehouse import vault
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.commits import Log, answer_and_commit, batch_id_of, numbered, read_log
from asn_warehouse.admission.header import match_header
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.outcomes import Outcome
from asn_warehouse.admission.readers import Readable
from asn_warehouse.admission.readers.base import text_table
from asn_warehouse.admission.rejects import store_rejected
from asn_warehouse.admission.rules import checks
from asn_warehouse.admission.storing import write_batch
from asn_warehouse.admission.verdicts import Reason, Rejected, Verdict, rejected_rows, verdicts
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.errors import ConservationError, SubmissionRefused, UsageError
from asn_warehouse.lake import clear_partial, exclusive, partition, read_submissions
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Replayed:
    """One submission whose rejected rows were judged again; ``revision`` is the standing one."""

    period: str
    agency_code: str
    dataset: str
    rejected_before: int
    rejected_after: int
    revision: int

    @property
    def admitted(self) -> int:
        """Rows that were rejected and are in the lake now."""
        return self.rejected_before - self.rejected_after


@dataclass(frozen=True)
class _Attempt:
    """A submission, its rejected rows to be judged again, and those left as they are."""

    source: dict[str, Any]
    readable: Readable
    left: tuple[Rejected, ...]


def replay(
    settings: Settings,
    period: Period | None = None,
    dataset_names: list[str] | None = None,
    agencies: list[str] | None = None,
    rule: str | None = None,
    progress: Progress | None = None,
) -> list[Replayed]:
    """Judge rejected rows of the vault again and admit those that pass now.

    ``rule`` limits this to rows that failed it. The last revision of each agency and dataset is
    what counts: rows that an agency has replaced since are of no interest. A second replay under
    the same rules finds nothing to admit and changes nothing.

    Raises:
        UsageError: when no contract has ``rule`` and no rejected row has failed it.
        ConservationError: when rows were lost on the way; nothing of that batch is stored.
    """
    months = [period] if period is not None else _months(settings)
    wanted = [
        dataset
        for name, dataset in datasets(settings).items()
        if not dataset_names or name in dataset_names
    ]
    found: list[Replayed] = []
    for done, month in enumerate(months):
        if progress is not None:
            progress(done, len(months), str(month))
        with exclusive(settings, f"admission-{month}"):
            clear_partial(settings, str(month))
            log = read_log(settings, str(month))
            for dataset in wanted:
                attempts = [
                    attempt
                    for (agency, name), rows in sorted(log.items())
                    if name == dataset.name and (not agencies or agency in agencies)
                    for attempt in _attempts(settings, str(month), dataset, rows, rule)
                ]
                if attempts:
                    found += _replay_dataset(settings, month, dataset, attempts, log)
    if rule is not None and not found and not _is_known(settings, rule):
        raise UsageError(
            f"Rule {rule!r} is not known, and no rejected row has failed it.",
            mend="Rule ids stand in the receipts, for example pegawai.golongan.code.",
        )
    return found


def _is_known(settings: Settings, rule: str) -> bool:
    return any(
        rule == check.id for dataset in datasets(settings).values() for check in checks(dataset)
    )


def _months(settings: Settings) -> list[Period]:
    names = set(read_submissions(settings)["period"].to_pylist())
    return [Period.parse(name) for name in sorted(names)]


def _attempts(
    settings: Settings, period: str, dataset: Dataset, rows: list[dict[str, Any]], rule: str | None
) -> list[_Attempt]:
    """Return what can be tried again of the standing revision in ``rows``: one attempt or none.

    Repeated and contradicting rows are judged whatever the rule, since only beside each other do
    they show what they are; so are rows whose rules exist no more.
    """
    standing = [
        row
        for row in rows
        if row["status"] != "ditolak" or row["refusal_rule"] == "file.all_rejected"
    ]
    stored = _stored(settings, period, standing[-1]) if standing else []
    broken = f"{dataset.name}.broken_row"
    whole = [row for row in stored if broken not in row["rules"] and _says_something(row)]
    today = {check.id for check in checks(dataset)}
    together = {f"{dataset.name}.duplicate", f"{dataset.name}.conflict"}
    tried = [
        row
        for row in whole
        if rule is None or {rule, *together} & {*row["rules"]} or not today & {*row["rules"]}
    ]
    if not tried or (rule is not None and all(rule not in row["rules"] for row in tried)):
        return []
    numbers = {row["row_number"] for row in tried}
    left = tuple(
        Rejected(
            row["row_number"],
            tuple(name for name in row["rules"] if name in today),
            tuple(json.loads(row["cells"])["cells"]),
        )
        for row in stored
        if row["row_number"] not in numbers
    )
    try:
        return [_Attempt(standing[-1], _readable(settings, dataset, standing[-1], tried), left)]
    except SubmissionRefused:
        return []


def _says_something(row: dict[str, Any]) -> bool:
    """Return whether a stored row still has cells: those of a person who was erased are empty."""
    return any(cell is not None for cell in json.loads(row["cells"])["cells"])


def _stored(settings: Settings, period: str, source: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rejected rows of one submission that the vault still has, in row order."""
    folder = settings.vault / "rejected" / source["dataset"] / f"period={period}"
    path = folder / f"{source['batch_id']}.parquet"
    if not path.is_file():
        return []
    mine = [("submission_id", "=", source["submission_id"])]
    rows: list[dict[str, Any]] = pq.read_table(path, filters=mine, partitioning=None).to_pylist()
    return sorted(rows, key=lambda row: row["row_number"])


def _readable(
    settings: Settings, dataset: Dataset, source: dict[str, Any], rows: list[dict[str, Any]]
) -> Readable:
    """Return rejected rows under the header that they came under, as a reader would."""
    contents = [json.loads(row["cells"]) for row in rows]
    titles = contents[0]["header"]
    header = match_header(dataset, titles)
    folder = settings.landing / source["period"] / source["agency_code"]
    file = LandedFile(
        path=str(folder / source["file_name"]),
        period=source["period"],
        agency_code=source["agency_code"],
        dataset=dataset.name,
        size=source["file_bytes"],
        received_at=source["received_at"],
    )
    return Readable(
        file, source["file_sha256"], source["file_format"], header, tuple(titles), 2,
        table=text_table(
            [content["cells"] for content in contents],
            [row["row_number"] for row in rows],
            header,
        ),
    )  # fmt: skip


def _replay_dataset(
    settings: Settings, period: Period, dataset: Dataset, attempts: list[_Attempt], log: Log
) -> list[Replayed]:
    """Judge the attempts of one dataset and month together, and store what is new."""
    with vault.private_engine(settings) as connection:
        readables = [attempt.readable for attempt in attempts]
        batch = Batch(connection, settings, dataset, period, readables)
        batch.load()
        batch.judge()
        _reject_present(batch, settings, attempts)
        warned = _warnings_before(batch, settings, attempts)
        left = [list(attempt.left) for attempt in attempts]
        for index, rows in rejected_rows(batch):
            left[index] += rows
        outcomes = [
            numbered(_outcome(attempt, verdict, rows, dataset, warned), str(period), log)
            for attempt, verdict, rows in zip(attempts, verdicts(batch), left, strict=True)
        ]
        fresh = [outcome for outcome in outcomes if not outcome.is_known]
        if fresh:
            batch_id = batch_id_of(fresh)
            write_batch(settings, str(period), batch, outcomes, batch_id)
            rejected = ((outcome, outcome.rejected) for outcome in fresh if outcome.rejected)
            store_rejected(settings, str(period), dataset, rejected, batch_id)
            answer_and_commit(settings, str(period), fresh, batch_id)
    return [
        Replayed(
            period=str(period),
            agency_code=attempt.source["agency_code"],
            dataset=dataset.name,
            rejected_before=attempt.source["rows_rejected"],
            rejected_after=outcome.rows_rejected,
            revision=attempt.source["revision"] if outcome.is_known else outcome.revision,
        )
        for attempt, outcome in zip(attempts, outcomes, strict=True)
    ]


def _lake_rows(batch: Batch, settings: Settings, attempts: list[_Attempt]) -> str:
    """Return the query of the rows accepted before, with the ``file_index`` of their attempt."""
    batch.connection.execute(
        "create or replace temp table sources as select unnest(?::varchar[]) as submission_id,"
        " unnest(range(?)) as file_index",
        [[attempt.source["submission_id"] for attempt in attempts], len(attempts)],
    )
    folder = partition(settings, batch.dataset.name, str(batch.period))
    if not any(folder.glob("[!.]*.parquet")):
        return ""
    return (
        "select s.file_index, l.* from sources as s join"
        f" read_parquet('{folder}/*.parquet', union_by_name = true, hive_partitioning = false)"
        " as l on l.submission_id = s.submission_id"
    )


def _reject_present(batch: Batch, settings: Settings, attempts: list[_Attempt]) -> None:
    """Reject rows that repeat one which the submission has in the lake already."""
    rows = _lake_rows(batch, settings, attempts)
    if not rows:
        return
    mask = next(check.mask for check in batch.checks if check.kind == "duplicate")
    same = " and ".join(
        f"present.{column.lake_name} = {batch.lake_value(column)}" for column in batch.dataset.key
    )
    join = f"join present on present.file_index = t.file_index and {same}"
    batch.connection.execute(f"""
        insert into rejected
        with present as ({rows})
        select distinct t.rowid, t.file_index, {mask}::ubigint {batch.accepted(join)}
    """)


def _warnings_before(
    batch: Batch, settings: Settings, attempts: list[_Attempt]
) -> dict[str, list[Reason]]:
    """Return by submission what its accepted rows were warned of."""
    rows = _lake_rows(batch, settings, attempts)
    found: dict[str, list[Reason]] = defaultdict(list)
    if rows:
        columns = {check.id: check.columns for check in batch.checks}
        for submission_id, rule, count, example in batch.connection.execute(f"""
            select submission_id, rule, count(*), min(row_number)
            from (select submission_id, row_number, unnest(string_split(warnings, ';')) as rule
                  from ({rows}) where warnings is not null)
            group by 1, 2 order by 1, 2
        """).fetchall():
            reason = Reason(rule, "warning", count, example, columns.get(rule, ()))
            found[submission_id].append(reason)
    return found


def _outcome(
    attempt: _Attempt,
    verdict: Verdict,
    left: list[Rejected],
    dataset: Dataset,
    warned: dict[str, list[Reason]],
) -> Outcome:
    """Return what becomes of a submission; it is known where no row of it passes now."""
    source, readable = attempt.source, attempt.readable
    rejected = sorted(left, key=lambda row: row.row_number)
    accepted = source["rows_accepted"] + verdict.rows_accepted
    if source["rows_read"] != accepted + len(rejected):
        raise ConservationError(
            f"Replay of {source['submission_id']}: {source['rows_read']} rows read, {accepted}"
            f" accepted, {len(rejected)} rejected.",
            mend="Nothing was stored. Report it with the submission's id.",
        )
    warnings = [*warned[source["submission_id"]], *verdict.reasons]
    return Outcome(
        file=replace(
            readable.file, received_at=datetime.now(tz=UTC).replace(tzinfo=None, microsecond=0)
        ),
        status="diterima_sebagian" if rejected else "diterima",
        refusal_rule=None,
        refusal_value="",
        rows_read=source["rows_read"],
        rows_rejected=len(rejected),
        rows_warned=source["rows_warned"] + verdict.rows_warned,
        cells_filled=source["cells_filled"] + verdict.cells_filled,
        reasons=(*_errors(rejected, dataset), *_merged(warnings)),
        rejected=tuple(rejected),
        header=readable.titles,
        positions=readable.header.positions,
        ignored=readable.header.ignored,
        sha256=readable.sha256,
        format=readable.format,
        takes_over=source["submission_id"],
        rows_replayed=(source["rows_replayed"] or 0) + verdict.rows_accepted,
        is_known=verdict.rows_accepted == 0,
    )


def _errors(rejected: list[Rejected], dataset: Dataset) -> list[Reason]:
    """Return why rows are rejected, most frequent first."""
    columns = {check.id: check.columns for check in checks(dataset)}
    count = Counter(rule for row in rejected for rule in row.rules)
    first = {rule: row.row_number for row in reversed(rejected) for rule in row.rules}
    return [
        Reason(rule, "error", rows, first[rule], columns[rule])
        for rule, rows in sorted(count.items(), key=lambda item: (-item[1], item[0]))
    ]


def _merged(reasons: list[Reason]) -> list[Reason]:
    """Return the warnings of ``reasons``, those of one rule added up."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        if reason.severity == "warning":
            before = found.get(reason.rule)
            rows = reason.rows + (before.rows if before else 0)
            first = min(reason, before or reason, key=lambda one: one.example_row)
            found[reason.rule] = replace(first, rows=rows)
    return sorted(found.values(), key=lambda reason: (-reason.rows, reason.rule))
