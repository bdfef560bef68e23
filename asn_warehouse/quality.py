"""The two gates: is the month plausible as a whole, and are the marts fit to be published?

A suite of ``expectations/`` is in Great Expectations' own JSON. Its ``meta`` says at which gate it
stands and which queries it looks at (``batches``); the ``meta`` of an expectation names one of
them, its id, and why it is expected, in Indonesian. What was not submitted by anybody is *not
inspected*, and said to be so, unless the suite says ``must_be_sent``; what was submitted and cannot
be inspected fails, but for a batch that ``may_be_empty``, since a month may be faultless. An
expectation on how values are spread says ``from_rows``: over fewer rows one agency's oddity would
hold up all others, so it is not asked.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from asn_warehouse import build, ops, quality_change, quality_docs
from asn_warehouse.build import BuildContext
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import ConfigurationError, GateFailed
from asn_warehouse.quality_change import Change
from asn_warehouse.settings import Settings

Stage = Literal["datasets", "marts"]

_EXPECTED = """
select bool_or(wajib = 'Y') from reference.kalender where period = ? and dataset = ?
"""


@dataclass(frozen=True)
class Batch:
    """One query that expectations look at, and the datasets without which it may be empty.

    With ``may_be_empty`` no dataset makes rows certain: a month in which nobody has a gap is right.
    """

    name: str
    query: str
    needs: tuple[str, ...]
    may_be_empty: bool = False


@dataclass(frozen=True)
class Suite:
    """One file of ``expectations/``."""

    name: str
    stage: Stage
    batches: tuple[Batch, ...]
    expectations: tuple[dict[str, Any], ...]
    must_be_sent: bool = False


@dataclass(frozen=True)
class Failure:
    """An expectation that was not met, or that could not be checked (``is_broken``)."""

    suite: str
    expectation: str
    column: str | None
    observed: str
    allowed: str
    reason: str
    is_broken: bool = False

    def line(self) -> str:
        """Return the failure in one line: which expectation, and how far off."""
        place = f"{self.suite}: {self.expectation}"
        if self.column:
            place += f" ({self.column})"
        if self.is_broken:
            return f"{place}: could not be checked: {self.observed}"
        return f"{place}: observed {self.observed}, allowed {self.allowed}. {self.reason}".strip()


@dataclass(frozen=True)
class SuiteResult:
    """What one suite found; ``inspected_rows`` and ``expectations`` count what was looked at."""

    suite: str
    expectations: int
    inspected_rows: int
    not_inspected: tuple[str, ...]
    failures: tuple[Failure, ...]
    seconds: float
    warnings: tuple[Change, ...] = ()

    @property
    def status(self) -> str:
        """Return passed, warned, failed or not_inspected."""
        if self.failures:
            return "failed"
        if self.warnings:
            return "warned"
        return "passed" if self.expectations else "not_inspected"


@dataclass(frozen=True)
class GateResult:
    """What a gate found; it raised unless all suites passed."""

    stage: Stage
    build_id: str
    suites: tuple[SuiteResult, ...]

    @property
    def expectations(self) -> int:
        """Number of expectations that were checked."""
        return sum(suite.expectations for suite in self.suites)

    @property
    def inspected_rows(self) -> int:
        """Number of rows that were looked at."""
        return sum(suite.inspected_rows for suite in self.suites)

    @property
    def warnings(self) -> tuple[Change, ...]:
        """What moved further than expected since the month before; nobody is held up by it."""
        return tuple(change for suite in self.suites for change in suite.warnings)

    @property
    def not_inspected(self) -> tuple[str, ...]:
        """What could not be looked at because nobody submitted it: ``suite.batch``."""
        return tuple(f"{s.suite}.{name}" for s in self.suites for name in s.not_inspected)


def run_gate(settings: Settings, context: BuildContext, stage: Stage) -> GateResult:
    """Run the suites of ``stage`` over the candidate; write ``ops.gate`` and the Data Docs.

    Args:
        settings: where the suites, the journal and the docs lie.
        context: a candidate with staging built (``datasets``) or marts built (``marts``).
        stage: which gate.

    Raises:
        GateFailed: an expectation was not met or could not be checked, or nothing was inspected;
            the message has one line for each.
        ConfigurationError: a suite cannot be used.
    """
    suites = [suite for suite in read_suites(settings.expectations_dir) if suite.stage == stage]
    results: list[SuiteResult] = []
    with (
        engine.connect(settings, context.database, read_only=True) as connection,
        quality_docs.open_inspector(
            connection, settings.docs / "gx", str(context.period), stage
        ) as inspector,
    ):
        for suite in suites:
            results.append(_run_suite(connection, inspector, suite, context))
        if stage == "marts":
            results += _compare_months(connection, inspector, settings, context)
    for result in results:
        _record(settings, context, stage, result)
    gate = GateResult(stage, context.build_id, tuple(results))
    lines = [failure.line() for result in results for failure in result.failures]
    if not lines and not any(r.expectations for r in results if r.suite != quality_change.SUITE):
        lines = [f"gate {stage} inspected nothing: no suite in {settings.expectations_dir} applies"]
    if lines:
        raise GateFailed(
            f"Gate {stage} of {context.period} failed, nothing is published. " + "\n".join(lines),
            mend=f"\nDetails: {settings.docs / 'gx' / 'index.html'}",
        )
    build.mark(context, f"gate_{stage}", warnings=[change.to_row() for change in gate.warnings])
    return gate


def read_suites(folder: Path) -> list[Suite]:
    """Return the suites of ``folder`` in the order of their names.

    Raises:
        ConfigurationError: when a file is not a suite, an id is given twice, or an expectation
            names no batch.
    """
    suites = [_read_suite(path) for path in sorted(folder.glob("*.json"))]
    ids = [item["meta"]["id"] for suite in suites for item in suite.expectations]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ConfigurationError(f"Expectation ids given twice: {', '.join(sorted(twice))}.")
    return suites


def _read_suite(path: Path) -> Suite:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        batches = tuple(
            Batch(name, batch["query"], tuple(batch["needs"]), batch.get("may_be_empty", False))
            for name, batch in found["meta"]["batches"].items()
        )
        names = {batch.name for batch in batches}
        for item in found["expectations"]:
            if item["meta"]["batch"] not in names or not item["meta"]["id_ID"]:
                raise KeyError(item["meta"]["id"])
        return Suite(
            found["name"],
            found["meta"]["stage"],
            batches,
            tuple(found["expectations"]),
            found["meta"].get("must_be_sent", False),
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ConfigurationError(
            f"{path} is not a suite: {error}",
            mend="meta needs stage and batches; each expectation's meta id, id_ID and batch.",
        ) from error


def _run_suite(
    connection: duckdb.DuckDBPyConnection,
    inspector: quality_docs.Inspector,
    suite: Suite,
    context: BuildContext,
) -> SuiteResult:
    started = time.monotonic()
    failures: list[Failure] = []
    missing: list[str] = []
    checked = rows_seen = 0
    for batch in suite.batches:
        items = [item for item in suite.expectations if item["meta"]["batch"] == batch.name]
        try:
            rows = _rows(connection, f"({batch.query})")
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            failures.append(
                Failure(suite.name, f"{batch.name}.read", None, reason, "", "", is_broken=True)
            )
            continue
        if rows == 0:
            failure = (
                None if batch.may_be_empty else _judge_empty(connection, suite, batch, context)
            )
            if failure is None:
                missing.append(batch.name)
            else:
                failures.append(failure)
            continue
        items = [item for item in items if rows >= item["meta"].get("from_rows", 0)]
        rows_seen += rows
        checked += len(items)
        for finding in inspector.inspect(f"{suite.name}.{batch.name}", batch.query, items):
            failures.append(Failure(suite.name, **finding))
    seconds = round(time.monotonic() - started, 3)
    return SuiteResult(suite.name, checked, rows_seen, tuple(missing), tuple(failures), seconds)


def _compare_months(
    connection: duckdb.DuckDBPyConnection,
    inspector: quality_docs.Inspector,
    settings: Settings,
    context: BuildContext,
) -> list[SuiteResult]:
    """Return what moved since the month published before; the first month has none to compare."""
    started = time.monotonic()
    name = quality_change.SUITE
    found = quality_change.compare(connection, settings, context)
    if found is None:
        return []
    broken: list[Failure] = []
    if found.rows:
        query, items = f"select * from {quality_change.TABLE}", list(found.expectations)
        findings = inspector.inspect(name, query, items)
        broken = [Failure(name, **finding) for finding in findings if finding.get("is_broken")]
    seconds = round(time.monotonic() - started, 3)
    result = SuiteResult(
        suite=name,
        expectations=len(found.expectations) if found.rows else 0,
        inspected_rows=found.rows,
        not_inspected=() if found.rows else ("previous_month",),
        failures=tuple(broken),
        seconds=seconds,
        warnings=found.changes,
    )
    return [result]


def _judge_empty(
    connection: duckdb.DuckDBPyConnection, suite: Suite, batch: Batch, context: BuildContext
) -> Failure | None:
    """Return why an empty batch is wrong, or None when a dataset that it needs was not sent.

    At the gate of datasets only the month's own submissions are asked about, and a dataset that
    must be sent, and that the calendar expects, must have been sent by somebody. At the gate of
    marts, whatever still counts for the month (carried forward, or history) is enough to expect
    rows.
    """
    period = str(context.period)
    for dataset in batch.needs:
        if suite.stage == "datasets":
            admitted = _rows(
                connection,
                "(select 1 from lake.submission where status <> 'ditolak' and dataset = "
                f"{engine.literal(dataset)} and period = {engine.literal(period)}"
                f" and received_at <= timestamp {engine.literal(ops.stamp(context.as_of))})",
            )
            expected = connection.execute(_EXPECTED, [period, dataset]).fetchall()[0][0]
            if not admitted and expected and suite.must_be_sent:
                return Failure(
                    suite.name,
                    f"{dataset}.submitted",
                    None,
                    "no accepted submission of any agency",
                    "at least 1",
                    f"Dataset {dataset} wajib dikirim untuk {period}.",
                )
        else:
            admitted = _rows(connection, f"staging.{engine.identifier(f'stg_{dataset}')}")
        if not admitted:
            return None
    return Failure(
        suite.name,
        f"{batch.name}.rows",
        None,
        "0 rows",
        "at least 1",
        "Data sudah diterima, tetapi tidak ada satu baris pun yang terhitung.",
    )


def _rows(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    return int(connection.execute(f"select count(*) from {source}").fetchall()[0][0])


def _record(settings: Settings, context: BuildContext, stage: Stage, result: SuiteResult) -> None:
    row: ops.Row = {
        "build_id": context.build_id,
        "period": str(context.period),
        "stage": stage,
        "suite": result.suite,
        "status": result.status,
        "passed": not result.failures,
        "expectations": result.expectations,
        "failed": len(result.failures),
        "inspected_rows": result.inspected_rows,
        "not_inspected": ";".join(result.not_inspected) or None,
        "failed_expectations": json.dumps(
            [failure.line() for failure in result.failures], ensure_ascii=False
        ),
        "warnings": json.dumps([change.to_row() for change in result.warnings], ensure_ascii=False),
        "duration_seconds": result.seconds,
    }
    ops.record(settings, "gate", row)
