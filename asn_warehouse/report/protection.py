"""Tables of counts and statistics, protected together.

Two tables that count the same people give each other away unless the same cells are hidden in
both, so all tables of a publication form one system of equations.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from asn_warehouse.disclosure import Cell, Equation, Status, suppress

Record = Mapping[str, Any]


@dataclass(frozen=True)
class TableRule:
    """How the columns of one table hang together.

    ``keys`` are the columns whose null marks a total; ``counts`` are counts of people;
    ``identities`` say which count is the sum of other counts in the same row, and ``subtotals``
    which is also the sum of sums of these; ``statistics`` name
    for each mean, share or sum the counts that it rests on, the number of cases first.
    ``repeated`` names keys over which a count repeats the same people. ``links`` names for a count
    its name among the tables and the keys by which the same people are counted in others, where
    all further keys are null or repeated. ``sums`` names a key, a count and the count in the same
    row that the former adds up to over that key. ``ties`` names for a count those that are hidden
    along with it in the same row; in totals over agencies parts do not hide one another.
    """

    keys: tuple[str, ...]
    counts: tuple[str, ...]
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subtotals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statistics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sums: tuple[tuple[str, str, str], ...] = ()
    ties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ProtectedRow:
    """A row in which hidden values are None, and the status of each protected column."""

    values: Mapping[str, Any]
    statuses: Mapping[str, Status]

    @property
    def status(self) -> Status:
        """Suppressed if any column is; not reported if all are; else shown."""
        found = set(self.statuses.values())
        if Status.SUPPRESSED in found:
            return Status.SUPPRESSED
        return Status.NOT_REPORTED if found == {Status.NOT_REPORTED} else Status.SHOWN


def protect(rows: Sequence[Record], rule: TableRule, threshold: int) -> list[ProtectedRow]:
    """Return ``rows`` in their order with small counts, their complements and statistics hidden.

    A statistic is shown where every count it rests on is shown and its cases reach the threshold.
    """
    return protect_together([(rows, rule)], threshold)[0]


def protect_together(
    tables: Sequence[tuple[Sequence[Record], TableRule]], threshold: int
) -> list[list[ProtectedRow]]:
    """Return every table protected against subtraction within it and between the tables."""
    counts: dict[Cell, int | None] = {
        (t, i, c): None if row[c] is None else int(row[c])
        for t, (rows, rule) in enumerate(tables)
        for i, row in enumerate(rows)
        for c in _present(row, rule)
    }
    equations = [e for t, (rows, rule) in enumerate(tables) for e in table_equations(rows, rule, t)]
    ties: dict[Cell, list[Cell]] = {
        (t, i, c): [(t, i, other) for other in rule.ties[c]]
        for t, (rows, rule) in enumerate(tables)
        for i, row in enumerate(rows)
        for c, others in rule.ties.items()
        if not (_is_total(row, rule) and all(c in rule.ties[o] for o in others if o in rule.ties))
    }
    costs: dict[Cell, int] = {
        (t, i, c): cost
        for t, (rows, rule) in enumerate(tables)
        for i, row in enumerate(rows)
        for cost in [_cost(row, rule)]
        for c in _present(row, rule)
    }
    found = suppress(counts, [*equations, *_links(tables)], threshold, ties, costs)
    return [
        [_protected((t, i), row, rule, found, threshold) for i, row in enumerate(rows)]
        for t, (rows, rule) in enumerate(tables)
    ]


def _is_total(row: Record, rule: TableRule) -> bool:
    """Whether the row is a total over agencies: its smallest parts are hidden one by one."""
    return "agency_code" in rule.keys and row.get("agency_code") is None


def _cost(row: Record, rule: TableRule) -> int:
    """Return how much readers would miss a row: totals more than details, the nation most."""
    weights = {"agency_code": 100, "position_level": 10}
    return min(110, sum(weights.get(key, 1) for key in rule.keys if row.get(key) is None))


def _present(row: Record, rule: TableRule) -> list[str]:
    return [c for c in rule.counts if c in row]


def _links(tables: Sequence[tuple[Sequence[Record], TableRule]]) -> list[Equation]:
    """Return one equation for each pair of neighbours among counts of the same people."""
    same: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for t, (rows, rule) in enumerate(tables):
        for count, (name, keys) in rule.links.items():
            further = [k for k in rule.keys if k not in keys]
            for i, row in enumerate(rows):
                free = (row.get(k) is None or count in rule.repeated.get(k, ()) for k in further)
                if row.get(count) is not None and all(free):
                    place = tuple(row.get(k) for k in keys)
                    same[(name, place, row[count])].append((t, i, count))
    return [Equation(a, (b,)) for cells in same.values() for a, b in pairwise(cells)]


def _protected(
    place: tuple[int, int],
    row: Record,
    rule: TableRule,
    found: Mapping[Cell, Status],
    threshold: int,
) -> ProtectedRow:
    statuses = {column: found[(*place, column)] for column in _present(row, rule)}
    for name, bases in rule.statistics.items():
        if name in row:
            statuses[name] = _statistic_status(row, name, bases, statuses, threshold)
    values = {k: None if statuses.get(k) is Status.SUPPRESSED else v for k, v in row.items()}
    return ProtectedRow(values, statuses)


def _statistic_status(
    row: Record,
    name: str,
    bases: Sequence[str],
    statuses: Mapping[str, Status],
    threshold: int,
) -> Status:
    known = [b for b in bases if b in row]
    if any(statuses.get(b) is Status.SUPPRESSED for b in known):
        return Status.SUPPRESSED
    if row[name] is None:
        return Status.NOT_REPORTED
    cases = row[known[0]] if known else None
    if cases is not None and 0 < cases < threshold:
        return Status.SUPPRESSED
    return Status.SHOWN


def table_equations(rows: Sequence[Record], rule: TableRule, table: int = 0) -> list[Equation]:
    """Return the sums that hold in ``rows``: over each key whose null is a total, and in a row.

    Only sums that hold in the data are returned, since no other lets anybody subtract. Cells are
    (table, place of the row, count).
    """
    equations: list[Equation] = []
    present = _present(rows[0], rule) if rows else []
    keys = [k for k in rule.keys if rows and k in rows[0]]
    for key in keys:
        for total, parts in _groups(rows, key, [k for k in keys if k != key]):
            for count in present:
                repeats = count in rule.repeated.get(key, ())
                equations += _sums(rows, (table, count), total, parts, repeats)
            for by, count, whole in rule.sums:
                values: list[Any] = [rows[p].get(count) for p in parts]
                if by == key and None not in values and sum(values) == rows[parts[0]].get(whole):
                    cells = tuple((table, p, count) for p in parts)
                    equations.append(Equation((table, parts[0], whole), cells))
    for i, row in enumerate(rows):
        for total_name, names in (*rule.identities.items(), *rule.subtotals.items()):
            known = [n for n in names if row.get(n) is not None]
            if known and row.get(total_name) == sum(row[n] for n in known):
                equations.append(
                    Equation((table, i, total_name), tuple((table, i, n) for n in known))
                )
    return equations


def _groups(
    rows: Sequence[Record], key: str, others: Sequence[str]
) -> Iterable[tuple[int | None, list[int]]]:
    """Return for each value of the other keys the row that is total over ``key``, and its parts."""
    totals: dict[tuple[Any, ...], int] = {}
    parts: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        place = tuple(row[k] for k in others)
        if row[key] is None:
            totals[place] = i
        else:
            parts[place].append(i)
    return [(totals.get(place), found) for place, found in parts.items()]


def _sums(
    rows: Sequence[Record],
    column: tuple[int, str],
    total: int | None,
    parts: Sequence[int],
    repeats: bool,
) -> list[Equation]:
    table, count = column
    known = [p for p in parts if rows[p][count] is not None]
    cells: list[Cell] = [(table, p, count) for p in known]
    whole = None if total is None else rows[total][count]
    found: list[Equation] = []
    if repeats:
        found += [
            Equation(a, (b,))
            for (p, a), (q, b) in pairwise(zip(known, cells, strict=True))
            if rows[p][count] == rows[q][count]
        ]
    if not known or whole is None:
        return found
    values = [rows[p][count] for p in known]
    if sum(values) == whole:
        found.append(Equation((table, total, count), tuple(cells)))
    elif repeats:
        found += [
            Equation((table, total, count), (c,))
            for c, v in zip(cells, values, strict=True)
            if v == whole
        ]
    return found
