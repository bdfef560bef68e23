"""Tables of counts and statistics, protected together.

Two tables that count the same people give each other away unless the same cells are hidden in
both, so all tables of a publication form one system of equations.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from asn_warehouse.disclosure import Cell, Equation, Problem, Status, solve

Record = Mapping[str, Any]
Suppressed = Sequence[Sequence[Collection[str]]]
"""For each table and each of its rows the names of the columns that are hidden."""


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
    row that the former adds up to over that key.
    """

    keys: tuple[str, ...]
    counts: tuple[str, ...]
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subtotals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statistics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sums: tuple[tuple[str, str, str], ...] = ()


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


_OF_NATION, _OF_AGENCY = (20_000, 30, 10, 3), (3_000, 6, 1)
"""How much readers would miss a row: a total, one broken down by one key, by two and so on."""
Table = tuple[Sequence[Record], TableRule]


@dataclass(frozen=True)
class Neighbour:
    """What readers have beside a month: one near it, or the version that it replaces.

    ``tables`` are the exact ones, in the order of those to be protected (a table that there was
    not has no rows); ``suppressed`` says what of them was hidden when they were published.
    """

    tables: Sequence[Table]
    suppressed: Suppressed


def protect(rows: Sequence[Record], rule: TableRule, threshold: int) -> list[ProtectedRow]:
    """Return ``rows`` in their order with small counts, their complements and statistics hidden.

    A statistic is shown where every count it rests on is shown and its cases reach the threshold.
    """
    return protect_together([(rows, rule)], threshold)[0]


def hidden_names(tables: Sequence[Sequence[ProtectedRow]]) -> Suppressed:
    """Return for each row the names of the columns that are hidden in it."""
    return [
        [{c for c, status in row.statuses.items() if status is Status.SUPPRESSED} for row in rows]
        for rows in tables
    ]


def protect_together(
    tables: Sequence[Table],
    threshold: int,
    *,
    given: Sequence[Neighbour] = (),
    hidden: Suppressed | None = None,
) -> list[list[ProtectedRow]]:
    """Return every table protected against subtraction within it and between the tables.

    ``given`` are months beside this one that stay as they were published; ``hidden`` names what
    is to be hidden in any case.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
    """
    found = solve(problem_of(tables, threshold, given=given, hidden=hidden)).statuses
    return [
        [_protected((t, i), row, rule, found, threshold) for i, row in enumerate(rows)]
        for t, (rows, rule) in enumerate(tables)
    ]


def problem_of(
    tables: Sequence[Table],
    threshold: int,
    *,
    given: Sequence[Neighbour] = (),
    hidden: Suppressed | None = None,
) -> Problem:
    """Return the counts of all tables as one problem, with what is known from ``given``.

    Cells are (place of the table, place of the row, count); in the tables of a neighbour the first
    of these is (place of the neighbour, place of the table).
    """
    named: dict[Hashable, Table] = dict(enumerate(tables))
    beside = {
        (n, t): table
        for n, neighbour in enumerate(given)
        for t, table in enumerate(neighbour.tables)
    }
    costs: dict[Cell, int] = {cell: _cost(row, rule) for cell, row, rule in _cells(named)}
    elsewhere, known, familiar = set[Cell](), set[Cell](), set[Cell]()
    constants: set[Cell] = set()
    same: list[Equation] = []
    for n, neighbour in enumerate(given):
        for t, (rows, rule) in enumerate(neighbour.tables):
            names = neighbour.suppressed[t]
            for cell, _row, _ in _cells({(n, t): (rows, rule)}):
                (elsewhere if cell[2] in names[cell[1]] else constants).add(cell)
            for cell, other in _pairs(tables[t], rows, t):
                there = ((n, t), other, cell[2])
                if there in elsewhere:
                    familiar.add(cell)
                if rows[other][cell[2]] == tables[t][0][cell[1]][cell[2]]:
                    if there in elsewhere:
                        same.append(Equation(cell, (there,)))
                    else:
                        known.add(cell)
    costs |= {cell: costs[cell] // 4 for cell in familiar}
    all_tables = named | beside
    numbers: dict[Any, int] = {}
    return Problem(
        counts={
            cell: None if row[cell[2]] is None else int(row[cell[2]])
            for cell, row, _ in _cells(all_tables)
        },
        equations=[
            *(e for t, (rows, rule) in all_tables.items() for e in table_equations(rows, rule, t)),
            *_links(named),
            *(e for n, _ in enumerate(given) for e in _links(_of_neighbour(beside, n))),
        ],
        same=[e for e in same if e.total not in known],
        threshold=threshold,
        costs=costs,
        places={
            cell: numbers.setdefault(agency, len(numbers))
            for cell, row, _ in _cells(all_tables)
            if (agency := row.get("agency_code") or row.get("program_agency_code"))
        },
        hidden={
            cell for cell, _, _ in _cells(named) if hidden and cell[2] in hidden[cell[0]][cell[1]]
        },
        elsewhere=elsewhere,
        known=known,
        shown_elsewhere=constants,
    )


def _of_neighbour(beside: Mapping[Any, Table], number: int) -> dict[Hashable, Table]:
    return {name: table for name, table in beside.items() if name[0] == number}


def _cells(
    tables: Mapping[Hashable, Table],
) -> Iterable[tuple[tuple[Any, int, str], Record, TableRule]]:
    """Return every count of every row: its cell, the row and the rule of its table."""
    for t, (rows, rule) in tables.items():
        for i, row in enumerate(rows):
            for count in rule.counts:
                if count in row:
                    yield (t, i, count), row, rule


def _pairs(
    table: Table, others: Sequence[Record], t: int
) -> Iterable[tuple[tuple[int, int, str], int]]:
    """Return each cell that has one of the same keys and a value among ``others``, and its row."""
    rows, rule = table
    places: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(others):
        places[tuple(row.get(k) for k in rule.keys)].append(i)
    for i, row in enumerate(rows):
        found = places.get(tuple(row.get(k) for k in rule.keys), ())
        if len(found) == 1:
            for count in _present(row, rule):
                if row[count] and others[found[0]].get(count):
                    yield (t, i, count), found[0]


def _cost(row: Record, rule: TableRule) -> int:
    """Return how much readers would miss a row: totals more than details, the nation most."""
    further = sum(row.get(key) is not None for key in rule.keys if key != "agency_code")
    worth = _OF_AGENCY if row.get("agency_code") is not None else _OF_NATION
    return worth[min(further, len(worth) - 1)]


def _present(row: Record, rule: TableRule) -> list[str]:
    return [c for c in rule.counts if c in row]


def _links(tables: Mapping[Hashable, Table]) -> list[Equation]:
    """Return one equation for each pair of neighbours among counts of the same people."""
    same: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for t, (rows, rule) in tables.items():
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


def table_equations(rows: Sequence[Record], rule: TableRule, table: Hashable = 0) -> list[Equation]:
    """Return the sums that hold in ``rows``: over each key whose null is a total, and in a row.

    Only sums that hold in the data are returned, since no other lets anybody subtract. Cells are
    (table, place of the row, count).
    """
    equations: list[Equation] = []
    present = _present(rows[0], rule) if rows else []
    keys = [k for k in rule.keys if rows and k in rows[0]]
    for key in keys:
        for total, parts in groups(rows, key, [k for k in keys if k != key]):
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


def groups(
    rows: Sequence[Record], key: str, others: Sequence[str]
) -> Iterable[tuple[int | None, list[int]]]:
    """Yield for each value of the other keys the row that is total over ``key``, and its parts."""
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
    column: tuple[Hashable, str],
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
