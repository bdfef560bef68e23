"""Tables of the site: rows of protected marts with their words in both languages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats
from asn_warehouse.report.model import NUMERIC, Cell
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.site.views import EVERY, EVIDENCE, PERIOD, TOTAL, Picture, View
from asn_warehouse.report.site.words import Phrase, Words
from asn_warehouse.report.source import Month, cell

LISTS = {
    "family": "family",
    "position_level": "position_level",
    "competency_code": "competency",
    "job_family": "job_family",
    "employment_status": "employment_status",
    "method": "assessment_method",
    "track": "recruitment_track",
    "form_group": "form_group",
    "region_class": "region_class",
    "province_code": "province",
    "indicator": "indicator",
    "dataset": "dataset",
    "reason": "orphan_reason",
    "evidence": "evidence",
    "risk": "risk",
    "box": "box",
}
"""The list that a column of codes speaks by."""
ORDERS: Mapping[str, Sequence[str]] = {
    "family": ("managerial", "sociocultural", "technical", "digital"),
    "evidence": EVIDENCE,
}


@dataclass(frozen=True)
class Head:
    """A column: its machine name, what it is called, its kind, and the mart that names it."""

    name: str
    words: Phrase
    kind: str
    mart: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the column is set flush right."""
        return self.kind in NUMERIC or self.kind == "unit"


@dataclass(frozen=True)
class Box:
    """A cell of a page: words, or a figure with the value by which it is sorted."""

    words: Phrase
    raw: str = ""
    status: Status = Status.SHOWN
    is_number: bool = False
    href: str = ""


@dataclass(frozen=True)
class Line:
    """A row: its cells, the codes by which it is filtered, whether it sums up others."""

    cells: tuple[Box, ...]
    codes: Mapping[str, str]
    is_total: bool = False


@dataclass(frozen=True)
class Filter:
    """A choice over one key: the codes with their words, and the one to begin with."""

    name: str
    words: Phrase
    options: tuple[tuple[str, Phrase], ...]
    chosen: str


@dataclass(frozen=True)
class SiteTable:
    """A table with its filters and charts; ``empty`` says why it has no rows."""

    id: str
    title: Phrase
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    filters: tuple[Filter, ...] = ()
    pictures: tuple[Picture, ...] = ()
    empty: Phrase | None = None
    note: Phrase | None = None
    undrawn: tuple[Phrase, ...] = field(default=())

    @property
    def statuses(self) -> set[Status]:
        """What the cells are: shown, hidden, not reported."""
        return {box.status for line in self.lines for box in line.cells}


def fill(
    words: Words, view: View, months: Sequence[Month], names: Mapping[str, str], agency: str | None
) -> SiteTable:
    """Return the table of a view.

    Args:
        words: the words of the site.
        view: what it shows.
        months: the month of the report, then the earlier ones.
        names: the names of agencies by code.
        agency: the agency whose rows they are; None is the nation.
    """
    found = [
        (month, row)
        for month in (months if view.months else months[:1])
        for row in _rows(view, month, agency)
    ]
    found = _ordered(words, names, view, found)[: view.limit]
    keys = (*view.keys, *view.filters)
    lines = tuple(_line(words, view, keys, month, row, names) for month, row in found)
    title = words.say(view.id, "views")
    heads = tuple(_head(words, view, name) for name in view.names)
    if not lines:
        return SiteTable(view.id, title, heads, (), empty=_why_empty(words, view, months[0]))
    pictures = tuple(p for p in view.pictures if _draws(p, heads, lines))
    gone = [p for p in view.pictures if p not in pictures]
    return SiteTable(
        view.id,
        title,
        heads,
        lines,
        filters=tuple(_filters(words, view, found, names)),
        pictures=pictures,
        note=words.say(view.id, "notes") if words.has(view.id, "notes") else None,
        undrawn=tuple(_why_undrawn(words, p, heads, lines) for p in gone),
    )


def _rows(view: View, month: Month, agency: str | None) -> Iterable[ProtectedRow]:
    keys = view.mart.rule.keys
    wanted = dict(view.where)
    if "agency_code" in keys:
        wanted.setdefault("agency_code", agency)
    wanted = {key: value for key, value in wanted.items() if value is not EVERY}
    return month.rows(view.mart).where(**wanted).rows


def _ordered(
    words: Words,
    names: Mapping[str, str],
    view: View,
    found: list[tuple[Month, ProtectedRow]],
) -> list[tuple[Month, ProtectedRow]]:
    if view.order:
        return sorted(found, key=lambda pair: _rank(view, pair[1]))
    keys = [key for key in view.keys if key != PERIOD]

    def place(pair: tuple[Month, ProtectedRow]) -> tuple[Any, ...]:
        values = pair[1].values
        return (
            -pair[0].period.first_day.toordinal(),
            *(_place(words, names, key, values.get(key)) for key in keys),
        )

    return sorted(found, key=place)


def _rank(view: View, row: ProtectedRow) -> tuple[Any, ...]:
    """Largest first; what is hidden or not reported last; then by the keys of the mart."""
    found: list[Any] = []
    for name in view.order:
        value = row.values.get(name)
        if name == "evidence":
            found.append(EVIDENCE.index(value) if value in EVIDENCE else len(EVIDENCE))
        else:
            found.append((value is None, -(value or 0)))
    return (*found, *(str(row.values.get(key)) for key in view.mart.rule.keys))


def _place(words: Words, names: Mapping[str, str], key: str, code: Any) -> tuple[int, str]:
    """Return where a code stands: in the order of its list, the total last."""
    if code is None:
        return (1_000, "")
    if key == "agency_code":
        return (0, names.get(str(code), str(code)))
    order = ORDERS.get(key) or words.order(LISTS.get(key, ""))
    text = str(code)
    return (order.index(text), "") if text in order else (999, text)


def _head(words: Words, view: View, name: str) -> Head:
    kind = dict(view.measures).get(name, "text")
    if name == PERIOD:
        return Head(name, words.say("period"), "text")
    if words.has(name, "headings"):
        return Head(name, words.say(name, "headings"), kind)
    return Head(name, words.heading(view.mart.name, name), kind, view.mart.name)


def _line(
    words: Words,
    view: View,
    keys: Sequence[str],
    month: Month,
    row: ProtectedRow,
    names: Mapping[str, str],
) -> Line:
    cells = [_key_box(words, key, month, row, names) for key in view.keys]
    cells += [_box(words, kind, row, name, names) for name, kind in view.measures]
    codes = {key: _code(key, month, row) for key in keys}
    last = view.keys[-1] if view.keys else PERIOD
    is_total = last != PERIOD and row.values.get(last) is None
    return Line(tuple(cells), codes, is_total)


def _code(key: str, month: Month, row: ProtectedRow) -> str:
    if key == PERIOD:
        return str(month.period)
    value = row.values.get(key)
    return TOTAL if value is None else str(value)


def _key_box(
    words: Words, key: str, month: Month, row: ProtectedRow, names: Mapping[str, str]
) -> Box:
    if key == PERIOD:
        return Box(month_words(month.period.first_day), str(month.period))
    value = row.values.get(key)
    if value is None:
        return Box(words.say("nation" if key == "agency_code" else "all"))
    if key == "agency_code":
        return Box(proper(names.get(str(value), str(value))), href=f"../instansi/{value}.html")
    if key == "competency_code":
        return Box(competency(words, str(value), row.values.get("competency_name")))
    if key in LISTS:
        return Box(words.code(LISTS[key], value))
    return Box(proper(str(value)))


def competency(words: Words, code: str, name: Any) -> Phrase:
    """Return a competency with its code; one of an agency's own list has its own name."""
    found = words.code("competency", code)
    if found.id == code:
        return proper(f"{code} {name}" if name else code)
    return Phrase(f"{code} {found.id}", f"{code} {found.en}", found.key and f"+{found.key}")


def _box(words: Words, kind: str, row: ProtectedRow, name: str, names: Mapping[str, str]) -> Box:
    found = cell(row, name)
    if kind == "unit":
        kind = "share" if row.values.get("unit") != "points" else "decimal1"
    if kind in NUMERIC:
        return figure(found, kind)
    if found.status is Status.SUPPRESSED or found.value is None:
        return missing(found)
    if kind == "agency":
        return Box(proper(names.get(str(found.value), str(found.value))))
    if kind.startswith("code:"):
        return Box(words.code(kind.removeprefix("code:"), found.value))
    return Box(proper(str(found.value)))


def missing(found: Cell) -> Box:
    """Return a cell without a value: hidden, or not reported."""
    hidden = found.status is Status.SUPPRESSED
    text = formats.SUPPRESSED if hidden else formats.NOT_REPORTED
    return Box(Phrase(text, text), status=found.status if hidden else Status.NOT_REPORTED)


def figure(found: Cell, kind: str) -> Box:
    """Return a cell of a figure, with its value for sorting and for the CSV file."""
    if found.status is Status.SUPPRESSED or found.value is None:
        return missing(found)
    text = number(found.value, kind)
    return Box(Phrase(text, text), raw(found.value), is_number=True)


@cache
def number(value: Any, kind: str) -> str:
    """Return a number as printed; the same ones come again on hundreds of pages."""
    return formats.number(value, kind)


def raw(value: Any) -> str:
    """Return a value with a decimal point, to nine digits."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int) or float(value).is_integer():
        return str(int(value))
    return f"{float(value):.9g}"


def proper(name: str) -> Phrase:
    """Return a name that is the same in every language."""
    return Phrase(name, name)


@cache
def month_words(day: date) -> Phrase:
    """Return a month in words."""
    return Phrase(*(format_date(day, "MMMM yyyy", locale=lo) for lo in ("id_ID", "en_GB")))


@cache
def day_words(day: date) -> Phrase:
    """Return a day in words."""
    return Phrase(*(format_date(day, "d MMMM yyyy", locale=lo) for lo in ("id_ID", "en_GB")))


def _filters(
    words: Words,
    view: View,
    found: Sequence[tuple[Month, ProtectedRow]],
    names: Mapping[str, str],
) -> Iterable[Filter]:
    for name in view.filters:
        options: dict[str, Phrase] = {}
        for month, row in found:
            code = _code(name, month, row)
            if code not in options:
                options[code] = (
                    words.say("totals")
                    if code == TOTAL
                    else _key_box(words, name, month, row, names).words
                )
        if len(options) < 2:
            continue
        ordered = sorted(
            options.items(), key=lambda item: _option_place(words, names, name, item[0])
        )
        default = next(iter(options)) if name == PERIOD else view.defaults.get(name, "")
        yield Filter(
            name,
            _head(words, view, name).words,
            tuple(ordered),
            default if default in options else "",
        )


def _option_place(words: Words, names: Mapping[str, str], name: str, code: str) -> tuple[Any, ...]:
    if name == PERIOD:
        year, month = code.split("-")
        return (-int(year), -int(month))
    return _place(words, names, name, code) if code != TOTAL else (-1, "")


def _draws(picture: Picture, heads: Sequence[Head], lines: Sequence[Line]) -> bool:
    """Whether there is something to draw: a value, and for a line two months."""
    return _drawn(picture, heads, lines) >= (2 if picture.kind == "line" else 1)


def _drawn(picture: Picture, heads: Sequence[Head], lines: Sequence[Line]) -> int:
    places = [i for i, head in enumerate(heads) if head.name in picture.columns]
    listed = [line for line in lines if picture.totals or not line.is_total]
    if picture.kind == "stacked":
        return sum(any(line.cells[i].raw for i in places) for line in listed)
    return sum(all(line.cells[i].raw for i in places) for line in listed)


def _why_undrawn(
    words: Words, picture: Picture, heads: Sequence[Head], lines: Sequence[Line]
) -> Phrase:
    heading = next(head.words for head in heads if head.name == picture.columns[0])
    if picture.kind == "line":
        return words.filled("one_month", what=heading)
    hidden = any(box.status is Status.SUPPRESSED for line in lines for box in line.cells)
    return words.filled("undrawn_hidden" if hidden else "undrawn_missing", what=heading)


def _why_empty(words: Words, view: View, month: Month) -> Phrase:
    edition = month.edition
    if not edition.has(view.mart.name):
        return words.say("not_published")
    keys = [key for key in view.mart.rule.keys if view.where.get(key, 0) is not None]
    if any(
        edition.is_left_out(view.mart.name, *(key for key in keys if key in level))
        for level in edition.left_out.get(view.mart.name, ())
    ):
        return words.filled("left_out", threshold=edition.threshold)
    return words.say("no_rows")
