"""A published month as it is known now: computed, gated and protected, but never published.

Whoever wants to know how far the published figures lie from what agencies have sent since gets a
report of its own, marked on every form, and the difference. Nothing that is published changes, no
row of the serving store, and delivery knows nothing of it.
"""

import shutil
from datetime import datetime

from asn_warehouse import build, pipeline, publish, versioning
from asn_warehouse.archive import Version
from asn_warehouse.build import BuildContext
from asn_warehouse.errors import NotPublished
from asn_warehouse.periods import Period
from asn_warehouse.pipeline import Step, Steps
from asn_warehouse.report import ReportResult
from asn_warehouse.report import as_known as reporting
from asn_warehouse.safe_marts.past import Past
from asn_warehouse.settings import Settings

PURPOSE = "as_known"


def report(
    settings: Settings,
    period: Period,
    as_of: datetime | None = None,
    on_step: Step | None = None,
) -> ReportResult:
    """Write the report of ``period`` as known now to ``report/<period>/sekarang/``.

    Args:
        settings: where things live.
        period: a published month.
        as_of: submissions received later (UTC) do not count; default the latest received.
        on_step: told about each step.

    Raises:
        NotPublished: when there is no publication to compare with.
        GateFailed: when what is known now would not pass a gate.
        BuildFailed: when it could not be computed.
        PublishConflict: when it cannot be protected.
    """
    if publish.current(settings, period) is None:
        raise NotPublished(
            f"Nothing of {period} is published, so there is nothing to compare with.",
            mend=f"`asn run --period {period}` publishes it.",
        )
    step = Steps({}, on_step)
    context, _ = pipeline.audited(settings, period, as_of, step, PURPOSE)
    try:
        return of_candidate(settings, context, step)
    finally:
        build.dismiss(context)


def of_candidate(settings: Settings, context: BuildContext, step: Steps) -> ReportResult:
    """Write the report of an audited candidate beside what is published of its month.

    The exact marts are written for the time of this call only: some of them hold persons.

    Raises:
        PublishConflict: when it cannot be protected.
        ReportFailed: when a mart cannot be read.
    """
    folder = context.directory / "version"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        exported = step("export", lambda: versioning.export(settings, context, folder))
        version, published = step("protect", lambda: _described(settings, context, exported))
        return step("report", lambda: reporting.make_report(settings, version, folder, published))
    finally:
        shutil.rmtree(folder)


def _described(
    settings: Settings, context: BuildContext, exported: versioning.Export
) -> tuple[Version, Version]:
    """Return the version that the candidate would be, and the one that is served.

    It is protected by itself: who makes it reads all that is published, exact figures too, and
    its report is for nobody else.
    """
    served, ever = publish.history(settings)
    now = served[context.period]
    version = versioning.describe(
        settings,
        context,
        exported,
        number=max(v.version for v in ever if v.period == context.period) + 1,
        # It never is; the moment up to which data count stands for it, so that repeats are equal.
        published_at=context.as_of,
        replaces=now,
        known=Past(),
        done=lambda _: None,
    )
    return version, now
