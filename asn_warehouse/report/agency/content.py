"""Put the report of one agency together."""

from asn_warehouse.report.agency import summary, tasks
from asn_warehouse.report.agency.parts import AgencyReport
from asn_warehouse.report.agency.sections import (
    competency,
    learning,
    notes,
    service,
    submission,
    talent,
)
from asn_warehouse.report.agency.view import View


def report(view: View) -> AgencyReport:
    """Return the report of an agency."""
    edition = view.context.published.edition
    found = tasks.tasks(view)
    return AgencyReport(
        code=view.code,
        name=view.name,
        period=edition.period,
        version=edition.version,
        as_of=edition.as_of,
        published_at=edition.published_at,
        content_sha256=edition.content_sha256,
        facts=summary.facts(view),
        summary=summary.sentences(view, found),
        tiles=summary.tiles(view),
        topics=(
            tasks.topic(found),
            submission.topic(view),
            competency.topic(view),
            learning.topic(view),
            learning.wanted(view),
            talent.topic(view),
            service.topic(view),
            service.plan(view),
            notes.topic(view),
        ),
    )
