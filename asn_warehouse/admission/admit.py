"""Admits files: judge, store, answer the agency, and commit last."""

import os
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import structlog

from asn_warehouse import vault
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.commits import (
    Log,
    answer_and_commit,
    batch_id_of,
    numbered,
    read_log,
)
from asn_warehouse.admission.landing import (
    Chunk,
    LandedFile,
    at_hand,
    has_changed,
    scan,
    strays,
)
from asn_warehouse.admission.outcomes import (
    IngestSummary,
    Outcome,
    judged_outcome,
    refused_outcome,
)
from asn_warehouse.admission.places import is_remote
from asn_warehouse.admission.planning import chunks_of, rounds
from asn_warehouse.admission.readers import Readable, open_file
from asn_warehouse.admission.receipts import write_answer
from asn_warehouse.admission.rejects import store_rejected
from asn_warehouse.admission.storing import write_batch
from asn_warehouse.admission.verdicts import rejected_rows, verdicts
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.errors import ConfigurationError, SubmissionRefused, UsageError
from asn_warehouse.lake import clear_partial, exclusive
from asn_warehouse.periods import Period
from asn_warehouse.reference import check_reference
from asn_warehouse.settings import Settings

Progress = Callable[[int, int, str], None]
FETCHES = 16
"""Objects fetched at a time: what a store takes to answer is longer than what it takes to copy."""

log = structlog.get_logger()


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
        ConfigurationError: when the landing place cannot be reached.
    """
    check_reference(settings)
    landed = scan(settings, period)
    if not landed:
        raise UsageError(
            f"Nothing has landed for {period}.",
            mend=f"Put files into {settings.landing_place}/{period}/<agency_code>/.",
        )
    work = chunks_of(settings, landed, dataset_names, agencies)
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
        for files in rounds(chunk.files):
            log_before = read_log(settings, chunk.period)
            readables, refused = open_files(settings, files, scratch)
            outcomes += _commit_refused(settings, chunk.period, refused, log_before)
            for name, group in _by_dataset(readables).items():
                dataset = datasets(settings)[name]
                outcomes += _admit_dataset(settings, chunk.period, dataset, group, log_before)
                if progress is not None:
                    progress(len(outcomes), len(chunk.files), dataset.label)
    return outcomes


def _by_dataset(readables: list[Readable]) -> dict[str, list[Readable]]:
    groups: dict[str, list[Readable]] = defaultdict(list)
    for readable in sorted(readables, key=lambda r: (r.file.dataset, r.file.path)):
        groups[readable.file.dataset].append(readable)
    return groups


def open_files(
    settings: Settings, files: list[LandedFile], scratch: Path
) -> tuple[list[Readable], list[Outcome]]:
    """Look into files, several at a time: reading and hashing leave the interpreter free.

    Return those that can be read, and what became of the others; ``check`` asks the same.
    """

    def look(file: LandedFile) -> Readable | Outcome:
        try:
            if file.refusal is not None:
                raise SubmissionRefused(file.refusal, **(file.places or {}))
            file = at_hand(file, scratch)
            return open_file(settings, file, datasets(settings)[file.dataset], scratch)
        except ConfigurationError:
            raise
        except Exception as error:
            return refused_outcome(file, _why_unread(file, error))

    workers = FETCHES if settings.landing_url else settings.threads or os.cpu_count()
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(look, files))
    readables = [one for one in found if isinstance(one, Readable)]
    return readables, [one for one in found if isinstance(one, Outcome)]


def _why_unread(file: LandedFile, error: Exception) -> SubmissionRefused:
    """Return why ``file`` could not be looked into; bytes that change meanwhile come first."""
    if file.refusal is None and not is_remote(file.path) and has_changed(file):
        return SubmissionRefused("file.changing")
    if isinstance(error, SubmissionRefused):
        return error
    log.error("unreadable", dataset=file.dataset, error=type(error).__name__)
    return SubmissionRefused("file.unreadable", value=file.suffix)


def judge(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    dataset: Dataset,
    period: Period,
    readables: list[Readable],
    store: Callable[[Batch, list[Outcome]], list[Outcome]],
) -> list[Outcome]:
    """Judge files of one dataset together and hand them to ``store``.

    Files whose bytes changed until then are refused: what was read of them may make no sense.
    """
    outcomes: list[Outcome] = []
    while readables:
        batch = Batch(connection, settings, dataset, period, readables)
        judged, error = _attempt(batch)
        changed = [r.file for r in batch.readables if has_changed(r.file)]
        if not changed:
            if error is not None:
                raise error
            return outcomes + store(batch, judged)
        refusal = SubmissionRefused("file.changing")
        outcomes += store(batch, [refused_outcome(file, refusal) for file in changed])
        readables = [r for r in readables if r.file not in changed]
    return outcomes


def _attempt(batch: Batch) -> tuple[list[Outcome], Exception | None]:
    """Return the outcomes of a batch, or why there are none."""
    try:
        batch.load()
        batch.judge()
        return [
            refused_outcome(verdict.readable.file, batch.refused[index])
            if index in batch.refused
            else judged_outcome(verdict)
            for index, verdict in enumerate(verdicts(batch))
        ], None
    except Exception as error:  # whose fault it is depends on whether a file has changed
        return [], error


def _commit_refused(
    settings: Settings,
    period: str,
    refused: list[Outcome],
    log_before: Log,
) -> list[Outcome]:
    outcomes = [numbered(outcome, period, log_before) for outcome in refused]
    answer_and_commit(settings, period, outcomes, batch_id_of(outcomes))
    return outcomes


def _admit_dataset(
    settings: Settings,
    period: str,
    dataset: Dataset,
    readables: list[Readable],
    log_before: Log,
) -> list[Outcome]:
    def store(batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
        outcomes = [numbered(outcome, period, log_before) for outcome in outcomes]
        batch_id = batch_id_of([o for o in outcomes if not o.is_known])
        write_batch(settings, period, batch, outcomes, batch_id)
        wanted = {i for i, o in enumerate(outcomes) if o.rejected and not o.is_known}
        rejected = ((outcomes[i], rows) for i, rows in rejected_rows(batch) if i in wanted)
        store_rejected(settings, period, dataset, rejected if wanted else (), batch_id)
        answer_and_commit(settings, period, outcomes, batch_id)
        return outcomes

    try:
        with vault.private_engine(settings) as connection:
            return judge(connection, settings, dataset, Period.parse(period), readables, store)
    except duckdb.Error as error:
        log.error("unreadable", dataset=dataset.name, error=type(error).__name__)
        return _admit_apart(settings, period, dataset, readables)


def _admit_apart(
    settings: Settings, period: str, dataset: Dataset, readables: list[Readable]
) -> list[Outcome]:
    """Admit files in halves, since one of them cannot be judged: the others do not suffer."""
    if len(readables) == 1:
        refusal = SubmissionRefused("file.unreadable", value=readables[0].format)
        outcome = refused_outcome(readables[0].file, refusal)
        return _commit_refused(settings, period, [outcome], read_log(settings, period))
    middle = len(readables) // 2
    return [
        outcome
        for half in (readables[:middle], readables[middle:])
        for outcome in _admit_dataset(settings, period, dataset, half, read_log(settings, period))
    ]
