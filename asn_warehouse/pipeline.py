"""A month from the agencies' files to the report, in one call: what `asn run` and the demo do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from asn_warehouse import build, publish, quality
from asn_warehouse.build import BuildContext
from asn_warehouse.periods import Period
from asn_warehouse.publish import Publication
from asn_warehouse.quality import GateResult
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.admission import IngestSummary
    from asn_warehouse.report import ReportResult

_T = TypeVar("_T")
Step = Callable[[str, float | None], None]
"""Told the name of a step when it begins (seconds None) and when it has ended (seconds)."""


@dataclass
class MonthResult:
    """What a month's run did; a step that was not asked for is None. Seconds by step."""

    period: Period
    ingest: "IngestSummary | None" = None
    context: BuildContext | None = None
    gates: list[GateResult] = field(default_factory=list)
    publication: Publication | None = None
    report: "ReportResult | None" = None
    seconds: dict[str, float] = field(default_factory=dict)


def run_month(
    settings: Settings,
    period: Period,
    *,
    as_of: datetime | None = None,
    with_ingest: bool = True,
    with_report: bool = True,
    on_step: Step | None = None,
) -> MonthResult:
    """Admit the month's new files, build, gate, publish and report; stop at the first failure.

    Whatever fails, what was published before stays published.

    Args:
        settings: where things live.
        period: the month.
        as_of: submissions received later (UTC) do not count; default the latest received.
        with_ingest: read new files of ``landing`` first.
        with_report: make the report at the end.
        on_step: told about each step.

    Raises:
        AsnError: one of its kinds, with what is wrong and how to mend it.
    """
    result = MonthResult(period)
    step = Steps(result.seconds, on_step)
    if with_ingest:
        from asn_warehouse import admission

        result.ingest = step("ingest", lambda: admission.ingest(settings, period))
    result.context, result.gates = audited(settings, period, as_of, step)
    context = result.context
    result.publication = step("publish", lambda: publish.publish(settings, context))
    step("dismiss", lambda: build.dismiss(context))
    if with_report:
        from asn_warehouse import report

        result.report = step("report", lambda: report.make_report(settings, period))
    step("refresh ops", lambda: publish.refresh_ops(settings))
    return result


def audited(
    settings: Settings,
    period: Period,
    as_of: datetime | None,
    step: "Steps",
    purpose: str = "",
) -> tuple[BuildContext, list[GateResult]]:
    """Return a candidate that is complete and passed both gates; nothing is published.

    Args:
        settings: where things live.
        period: the month.
        as_of: submissions received later (UTC) do not count; default the latest received.
        step: runs and times each step.
        purpose: what the candidate is for, if not to be published.

    Raises:
        AsnError: when a step failed or a gate was not passed.
    """
    context = step("prepare", lambda: build.prepare(settings, period, as_of, purpose))
    gates: list[GateResult] = []
    for layer, select in build.LAYERS.items():
        step(f"dbt {layer}", partial(build.run_dbt, context, select))
        if layer == "staging":
            gates.append(
                step("gate datasets", lambda: quality.run_gate(settings, context, "datasets"))
            )
    gates.append(step("gate marts", lambda: quality.run_gate(settings, context, "marts")))
    step("assert complete", lambda: build.assert_complete(context))
    return context, gates


class Steps:
    """Runs steps one after the other, timing each and telling who listens."""

    def __init__(self, seconds: dict[str, float], listener: Step | None) -> None:
        """Write times to ``seconds`` and tell ``listener``."""
        self._seconds = seconds
        self._listener = listener

    def __call__(self, name: str, work: Callable[[], _T]) -> _T:
        """Return what ``work`` returns."""
        if self._listener is not None:
            self._listener(name, None)
        started = time.monotonic()
        answer = work()
        self._seconds[name] = round(time.monotonic() - started, 3)
        if self._listener is not None:
            self._listener(name, self._seconds[name])
        return answer
