"""Tables that are no rows of one mart: submissions, agencies, key figures, quality, rules."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats, marts, summary
from asn_warehouse.report.compose import at
from asn_warehouse.report.context import Context, added
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, KeyFigure
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.site.tables import (
    Box,
    Filter,
    Head,
    Line,
    SiteTable,
    day_words,
    figure,
    month_words,
    proper,
)
from asn_warehouse.report.site.views import PERIOD, Picture
from asn_warehouse.report.site.words import Phrase, Words
from asn_warehouse.report.source import Month, cell

STATUSES = ("on_time", "late", "missing", "refused", "not_expected")


def made(
    words: Words,
    id_: str,
    heads: Sequence[tuple[str, Phrase, str]],
    rows: Iterable[Sequence[Box]],
    *,
    codes: Sequence[Mapping[str, str]] = (),
    filters: Sequence[Filter] = (),
    pictures: Sequence[Picture] = (),
    empty: str = "no_rows",
) -> SiteTable:
    """Return a table of cells made elsewhere."""
    lines = tuple(Line(tuple(row), codes[i] if codes else {}) for i, row in enumerate(rows))
    return SiteTable(
        id_,
        words.say(id_, "views"),
        tuple(Head(*head) for head in heads),
        lines,
        tuple(filters),
        tuple(pictures),
        None if lines else words.say(empty),
        words.say(id_, "notes") if words.has(id_, "notes") else None,
    )


def count(value: int) -> Box:
    """Return a count that speaks of files, agencies or rules."""
    return figure(Cell(value), "integer")


def share(part: int, whole: int) -> Box:
    """Return a share; over no case there is none."""
    found = Cell(part / whole) if whole else Cell(None, Status.NOT_REPORTED)
    return figure(found, "share")


def submission_tables(words: Words, context: Context) -> list[SiteTable]:
    """Return who sent what: by dataset and by month."""
    months = (context.published.month, *context.published.earlier)
    by_dataset: dict[str, Counter[str]] = {}
    for row in context.submissions.rows:
        by_dataset.setdefault(row.values["dataset"], Counter())[row.values["status"]] += 1
    order = [d for d in words.order("dataset") if d in by_dataset]
    heads = [
        ("dataset", words.say("dataset"), "text"),
        ("due", words.say("due"), "integer"),
        *((s, words.code("submission_status", s), "integer") for s in STATUSES),
        ("on_time_share", words.metric("submission_on_time_share"), "share"),
    ]
    rows = [
        [
            Box(words.code("dataset", name)),
            count(_due(found)),
            *(count(found[s]) for s in STATUSES),
            share(found["on_time"], _due(found)),
        ]
        for name, found in ((name, by_dataset[name]) for name in order)
    ]
    pictures = [Picture("stacked", STATUSES[:4], limit=20)]
    trends = []
    for month in months:
        found = Counter(r.values["status"] for r in month.rows(marts.SUBMISSION_SCORECARD).rows)
        trends.append(
            [
                Box(month_words(month.period.first_day), str(month.period)),
                count(_due(found)),
                *(count(found[s]) for s in STATUSES[:4]),
                share(found["on_time"], _due(found)),
            ]
        )
    line = [Picture("line", ("on_time_share",))] if len(months) > 1 else []
    return [
        made(words, "submission_dataset", heads, rows, pictures=pictures),
        made(
            words,
            "submission_trend",
            [(PERIOD, words.say("period"), "text"), heads[1], *heads[2:6], heads[-1]],
            trends,
            pictures=line,
        ),
    ]


def _due(found: Mapping[str, int]) -> int:
    return sum(found.get(status, 0) for status in STATUSES[:4])


def agency_submissions(words: Words, rows: Sequence[ProtectedRow]) -> SiteTable:
    """Return what one agency sent, dataset by dataset."""
    mart = marts.SUBMISSION_SCORECARD.name
    order = words.order("dataset")
    rows = sorted(rows, key=lambda row: order.index(row.values["dataset"]))
    counts = ("revisions", "rows_read", "accepted", "rejected")
    heads = [
        ("dataset", words.say("dataset"), "text"),
        ("status", words.heading(mart, "status"), "text"),
        ("received_at", words.heading(mart, "received_at"), "text"),
        *((name, words.heading(mart, name), "integer") for name in counts),
        ("score", words.heading(mart, "score"), "score"),
    ]
    cells = [
        [
            Box(words.code("dataset", row.values["dataset"])),
            Box(words.code("submission_status", row.values["status"])),
            _day(row.values.get("received_at")),
            *(figure(cell(row, name), "integer") for name in counts),
            figure(cell(row, "score"), "score"),
        ]
        for row in rows
    ]
    return made(words, "agency_submission", heads, cells)


def _day(value: Any) -> Box:
    if value is None:
        return figure(Cell(None, Status.NOT_REPORTED), "integer")
    day = formats.local(value).date() if isinstance(value, datetime) else value
    return Box(day_words(day), day.isoformat())


Figures = Sequence[tuple[Month, tuple[KeyFigure, ...]]]


def history(context: Context) -> Figures:
    """Return the key figures of every published month, the latest first."""
    found = []
    for month in (context.published.month, *context.published.earlier):
        then = at(context, month)
        if then is not None:
            found.append((month, summary.key_figures(then, None, None)))
    return found


def figure_table(words: Words, figures: Figures) -> SiteTable:
    """Return the key figures by month, with a line for each."""
    latest = figures[0][1]
    heads = [(PERIOD, words.say("period"), "text")]
    heads += [(f.id, words.metric(f.metric), f.kind) for f in latest]
    rows = [
        [
            Box(month_words(month.period.first_day), str(month.period)),
            *(figure(f.cell, f.kind) for f in found),
        ]
        for month, found in figures
    ]
    drawn = [
        Picture("line", (f.id,))
        for i, f in enumerate(latest)
        if sum(bool(row[i + 1].raw) for row in rows) > 1
    ]
    return made(words, "figures", heads, rows, pictures=drawn)


Finder = Callable[[str], Cell]


def agency_measures(month: Month) -> list[tuple[str, str, str, Finder, Cell]]:
    """Return the measures by which agencies are told: mart, column, kind, finder, the nation's."""
    gap = {"family": None, "competency_code": None, "position_level": None}
    places: list[tuple[marts.Mart, str, str, dict[str, Any]]] = [
        (marts.POSITION_FIT, "people", "integer", {"position_level": None}),
        (marts.COMPETENCY_GAP_AGENCY, "coverage", "share", gap),
        (marts.COMPETENCY_GAP_AGENCY, "gap_mean", "decimal2", gap),
        (marts.COMPETENCY_GAP_AGENCY, "met_share", "share", gap),
        (marts.POSITION_FIT, "jpm_median", "decimal1", {"position_level": None}),
        (
            marts.LEARNING_HOURS,
            "hours_mean",
            "decimal1",
            {"employment_status": None, "position_level": None},
        ),
        (
            marts.LEARNING_HOURS,
            "reached_20_share",
            "share",
            {"employment_status": None, "position_level": None},
        ),
        (marts.PROFESSIONALISM_INDEX, "ip_asn", "decimal1", {"employment_status": None}),
        (marts.SERVICE_SATISFACTION, "ikm", "decimal2", {"service_code": None}),
        (marts.JOB_SATISFACTION, "score", "decimal1", {}),
    ]
    return [(m.name, name, kind, *_finder(month, m, name, keys)) for m, name, kind, keys in places]


def _finder(month: Month, mart: marts.Mart, name: str, keys: dict[str, Any]) -> tuple[Finder, Cell]:
    rows = month.rows(mart)
    whole = rows
    if mart is marts.COMPETENCY_GAP_AGENCY:
        whole = month.rows(marts.COMPETENCY_GAP_NATIONAL)
    return (
        lambda code: rows.where(agency_code=code, **keys).cell(name),
        whole.where(agency_code=None, **keys).cell(name),
    )


def quality_tables(words: Words, context: Context) -> list[SiteTable]:
    """Return who counts, what names something unknown, what was sent again, which editions."""
    published = context.published
    excluded = [
        [Box(words.code("excluded", name)), _few(value, context.threshold)]
        for name, value in published.excluded.items()
    ]
    unknown: dict[tuple[str, str], list[Cell]] = {}
    for row in context.orphans.rows:
        place = row.values["dataset"], row.values["reason"]
        unknown.setdefault(place, []).append(cell(row, "rows"))
    orphans = [
        [
            Box(words.code("dataset", dataset)),
            Box(words.code("orphan_reason", reason)),
            figure(added(cells), "integer"),
        ]
        for (dataset, reason), cells in sorted(unknown.items())
    ]
    return [
        made(
            words,
            "excluded",
            [("reason", words.say("reason"), "text"), ("people", words.say("excluded"), "integer")],
            excluded,
        ),
        made(
            words,
            "orphans",
            [
                ("dataset", words.say("dataset"), "text"),
                ("reason", words.say("reason"), "text"),
                ("rows", words.say("rows"), "integer"),
            ],
            orphans,
        ),
        _revisions(words, context),
        _changes(words, context),
        _warnings(words, context),
        _editions(words, context),
    ]


def _few(people: int, threshold: int) -> Box:
    """Return a count of people, hidden where they are few."""
    hidden = 0 < people < threshold
    return figure(Cell(None, Status.SUPPRESSED) if hidden else Cell(people), "integer")


def _revisions(words: Words, context: Context) -> SiteTable:
    again: Counter[str] = Counter()
    for row in context.submissions.rows:
        again[row.values["dataset"]] += (row.values.get("revisions") or 0) > 1
    heads = [("dataset", words.say("dataset"), "text")]
    heads.append(("agencies", words.say("agencies_due"), "integer"))
    return made(
        words,
        "revisions",
        heads,
        [
            [Box(words.code("dataset", name)), count(again[name])]
            for name in words.order("dataset")
            if name in again
        ],
    )


def _changes(words: Words, context: Context) -> SiteTable:
    """Return which tables differ from the edition before of the same month, in rows."""
    public = {mart.name for mart in marts.MARTS}
    names = ("rows_added", "rows_removed", "rows_changed")
    rows = [
        [Box(words.title(row["table_name"])), *(count(row[name]) for name in names)]
        for row in context.published.month.changes
        if row["is_total"] and row["table_name"] in public
    ]
    heads = [("mart", words.say("mart"), "text")]
    heads += [(name, words.say(name), "integer") for name in names]
    return made(words, "changes", heads, rows, empty="no_changes")


def _warnings(words: Words, context: Context) -> SiteTable:
    """Return how many agencies moved further than expected; by how much is not for everybody."""
    found = Counter((w["table"], w["measure"]) for w in context.published.edition.warnings)
    return made(
        words,
        "warnings",
        [
            ("mart", words.say("mart"), "text"),
            ("measure", words.say("indicator"), "text"),
            ("agencies", words.say("agencies_due"), "integer"),
        ],
        [
            [Box(words.title(table)), Box(words.heading(table, measure)), count(n)]
            for (table, measure), n in sorted(found.items())
        ],
        empty="no_warnings",
    )


def _editions(words: Words, context: Context) -> SiteTable:
    months = (context.published.month, *context.published.earlier)
    heads = [
        (PERIOD, words.say("period"), "text"),
        ("version", words.say("version"), "integer"),
        ("published_at", words.say("published"), "text"),
        ("as_of", words.say("as_of"), "text"),
    ]
    rows = [
        [
            Box(month_words(month.period.first_day), str(month.period)),
            count(month.edition.version),
            _day(month.edition.published_at),
            _day(month.edition.as_of),
        ]
        for month in months
    ]
    return made(words, "editions", heads, rows)


def rule_tables(words: Words, context: Context) -> list[SiteTable]:
    """Return the rules in force that a published column rests on, with source and mark."""
    names = ("topic", "rule", "value", "unit", "meaning", "source", "mark", "valid_from")
    heads = [(name, words.say(name), "text") for name in names]
    rows, codes = [], []
    for rule in context.rules:
        topic = words.code("rule_topic", rule.topic)
        codes.append({"topic": str(rule.topic)})
        rows.append(
            [
                Box(topic),
                Box(proper(f"{rule.rule_set}.{rule.item}")),
                Box(proper(rule.value)),
                Box(Phrase(label("rule_unit", rule.unit), rule.unit.replace("_", " "))),
                Box(proper(rule.note or "")),
                Box(proper(rule.source)),
                Box(proper(rule.mark)),
                Box(day_words(rule.valid_from), rule.valid_from.isoformat()),
            ]
        )
    topics = {code["topic"]: row[0].words for code, row in zip(codes, rows, strict=True)}
    chosen = Filter("topic", words.say("topic"), tuple(topics.items()), "")
    marks = [[Box(proper(mark)), Box(words.code("mark", mark))] for mark in ("C", "C2", "M", "D")]
    return [
        made(
            words,
            "marks",
            [("mark", words.say("mark"), "text"), ("meaning", words.say("meaning"), "text")],
            marks,
        ),
        made(words, "rules", heads, rows, codes=codes, filters=[chosen]),
    ]
