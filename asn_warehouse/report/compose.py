"""Put the report together from what is published."""

from dataclasses import replace

from asn_warehouse.report import rules, source, summary
from asn_warehouse.report.context import Context
from asn_warehouse.report.labels import CodeLabels, label
from asn_warehouse.report.model import Report
from asn_warehouse.report.sections import sections
from asn_warehouse.settings import Settings


def context(settings: Settings, published: source.Published) -> Context:
    """Return the figures of the period with the words and rules that go with them."""
    in_force = rules.shown(published.rules, published.edition.period.last_day)
    return Context(
        published=published,
        codes=CodeLabels(settings),
        rules=in_force,
        box_actions=rules.box_actions(in_force),
        gain_target=rules.parameter(in_force, "kpi_target", "test_score"),
        threshold=published.edition.threshold or settings.small_cell,
    )


def report(now: Context) -> Report:
    """Return the whole report."""
    edition = now.published.edition
    published = now.published
    earlier = {month.period: at(now, month) for month in published.earlier}
    previous = earlier.get(published.previous.period) if published.previous else None
    year_ago = earlier.get(published.year_ago.period) if published.year_ago else None
    figures = summary.key_figures(now, previous, year_ago)
    return Report(
        period=edition.period,
        version=edition.version,
        as_of=edition.as_of,
        published_at=edition.published_at,
        content_sha256=edition.content_sha256,
        title=label("report", "title_as_known" if edition.is_as_known else "title"),
        subtitle=label("report", "subtitle_as_known" if edition.is_as_known else "subtitle"),
        summary=summary.sentences(now, figures, previous),
        key_figures=figures,
        sections=sections(now, list(earlier.values())),
        is_as_known=edition.is_as_known,
    )


def at(now: Context, month: source.Month) -> Context:
    """Return the same context with the figures of another month, those of the nation."""
    return replace(now, published=replace(now.published, month=month.summed()))
