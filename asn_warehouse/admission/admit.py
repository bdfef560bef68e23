"""Admits files: judge, store, answer the agency, and commit last."""

import os
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import structlog

from asn_warehouse import vault
from asn_warehouse.admission.batch import Batch, batches
from asn_warehouse.admission.commits import (
    Log,
    answer_and_commit,
    batch_id_of,
    numbered,
    read_log,
)
from asn_warehouse.admission.landing import Chunk, LandedFile, strays
from asn_warehouse.admission.outcomes import (
    IngestSummary,
    Outcome,
    judged_outcome,
    refused_outcome,
)
from asn_warehouse.admission.planning import plan, rounds
from asn_warehouse.admission.readers import Readable, open_file, read_repaired
from asn_warehouse.admission.receipts import write_answer
from asn_warehouse.admission.rejects import store_rejected
from asn_warehouse.admission.storing import write_batch
from asn_warehouse.admission.verdicts import verdicts
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.errors import SubmissionRefused, UsageError
from asn_warehouse.lake import clear_partial, exclusive
from asn_warehouse.periods import Period
from asn_warehouse.reference import check_reference
from asn_warehouse.settings import Settings

Progress = Callable[[int, int, str], None]
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
        for files in rounds(chunk.files):
            log_before = read_log(settings, chunk.period)
            readables, refused = _open(settings, files, scratch)
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
        batch.judge()
        outcomes += store(batch, [judged_outcome(verdict) for verdict in verdicts(batch)])
    return outcomes


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
        store_rejected(settings, period, dataset, outcomes, batch_id)
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
    """Admit files one by one, since one of them cannot be judged: the others do not suffer."""
    log_before = read_log(settings, period)
    if len(readables) == 1:
        refusal = SubmissionRefused("file.unreadable", value=readables[0].format)
        outcome = refused_outcome(readables[0].file, refusal)
        return _commit_refused(settings, period, [outcome], log_before)
    outcomes: list[Outcome] = []
    for one in readables:
        outcomes += _admit_dataset(settings, period, dataset, [one], log_before)
    return outcomes
