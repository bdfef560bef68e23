"""What a table may show, attacked from outside."""

from fractions import Fraction

import pytest
from attacker import narrow
from hypothesis import given, settings
from hypothesis import strategies as st
from named_cells import (
    Equation,
    problem,
    protect,
    protect_together,
    suppress,
    table_equations,
)

from asn_warehouse import shifts
from asn_warehouse.count_tables import TableRule
from asn_warehouse.disclosure import Status, solve
from asn_warehouse.report import marts
from asn_warehouse.shifts import Shifts

THRESHOLD = 5


def grid(values: list[list[int]]) -> tuple[dict, list[Equation]]:
    """A table with row totals, column totals and a grand total."""
    height, width = len(values), len(values[0])
    counts = {(r, c): values[r][c] for r in range(height) for c in range(width)}
    equations = []
    for r in range(height):
        counts[r, "t"] = sum(values[r])
        equations.append(Equation((r, "t"), tuple((r, c) for c in range(width))))
    for c in [*range(width), "t"]:
        counts["t", c] = sum(counts[r, c] for r in range(height))
        equations.append(Equation(("t", c), tuple((r, c) for r in range(height))))
    equations.append(Equation(("t", "t"), tuple(("t", c) for c in range(width))))
    return counts, equations


def hidden_in(statuses: dict) -> set:
    return {cell for cell, status in statuses.items() if status is Status.SUPPRESSED}


def attack(counts: dict, statuses: dict, equations: list[Equation]) -> set:
    """Solve for hidden cells by exact elimination over fractions, apart from the code tested."""
    hidden = [c for c in counts if statuses[c] is Status.SUPPRESSED]
    place = {c: i for i, c in enumerate(hidden)}
    matrix = []
    for e in equations:
        row = [Fraction(0)] * len(hidden)
        for c in e.parts:
            if c in place:
                row[place[c]] += 1
        if e.total in place:
            row[place[e.total]] -= 1
        if any(row):
            matrix.append(row)
    top = 0
    for column in range(len(hidden)):
        pivot = next((r for r in range(top, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            continue
        matrix[top], matrix[pivot] = matrix[pivot], matrix[top]
        lead = matrix[top][column]
        matrix[top] = [v / lead for v in matrix[top]]
        for r in range(len(matrix)):
            if r != top and matrix[r][column]:
                factor = matrix[r][column]
                matrix[r] = [a - factor * b for a, b in zip(matrix[r], matrix[top], strict=True)]
        top += 1
    return {
        hidden[next(i for i, v in enumerate(row) if v)]
        for row in matrix
        if sum(1 for v in row if v) == 1
    }


def test_small_counts_are_hidden_zero_stays_zero_and_missing_stays_missing():
    assert suppress({"a": 0, "b": 1, "c": 4, "d": 5, "e": None}, [], THRESHOLD) == {
        "a": Status.SHOWN,
        "b": Status.SUPPRESSED,
        "c": Status.SUPPRESSED,
        "d": Status.SHOWN,
        "e": Status.NOT_REPORTED,
    }


def test_the_only_hidden_part_takes_the_smallest_other_part_with_it():
    statuses = suppress({"t": 40, "a": 3, "b": 7, "c": 30}, [Equation("t", ("a", "b", "c"))], 5)
    assert {c for c, s in statuses.items() if s is Status.SUPPRESSED} == {"a", "b"}


def test_two_ones_are_not_given_away_by_their_sum():
    statuses = suppress({"t": 22, "a": 1, "b": 1, "c": 20}, [Equation("t", ("a", "b", "c"))], 5)
    assert statuses["c"] is Status.SUPPRESSED or statuses["t"] is Status.SUPPRESSED


def test_a_part_that_is_all_of_its_total_hides_the_total():
    statuses = suppress({"t": 3, "a": 3, "b": 0}, [Equation("t", ("a", "b"))], 5)
    assert statuses == {"t": Status.SUPPRESSED, "a": Status.SUPPRESSED, "b": Status.SHOWN}


def test_a_bridge_between_two_cycles_is_found_although_every_line_hides_two():
    """Two squares of small counts, joined by one: only the joint follows from rows and columns."""
    small = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}
    values = [[3 if (r, c) in small else 40 for c in range(4)] for r in range(4)]
    counts, equations = grid(values)
    sums = [(e.total, e.parts) for e in equations]
    assert (1, 2) in narrow(counts, small, sums, 1)
    statuses = suppress(counts, equations, THRESHOLD)
    assert narrow(counts, hidden_in(statuses), sums, THRESHOLD) == {}


tables = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 8), st.integers(0, 200)), min_size=width, max_size=width),
        min_size=1,
        max_size=6,
    )
)


@settings(max_examples=300, deadline=None)
@given(tables)
def test_no_hidden_count_follows_from_rows_columns_and_totals(values):
    counts, equations = grid(values)
    statuses = suppress(counts, equations, THRESHOLD)
    assert attack(counts, statuses, equations) == set()
    sums = [(e.total, e.parts) for e in equations]
    assert narrow(counts, hidden_in(statuses), sums, THRESHOLD) == {}
    for cell, value in counts.items():
        if 0 < value < THRESHOLD:
            assert statuses[cell] is Status.SUPPRESSED
        if value == 0:
            assert statuses[cell] is Status.SHOWN
    assert statuses == suppress(counts, equations, THRESHOLD)


@settings(max_examples=150, deadline=None)
@given(tables)
def test_hidden_parts_behind_a_shown_total_never_add_up_to_a_small_count(values):
    counts, equations = grid(values)
    statuses = suppress(counts, equations, THRESHOLD)
    for equation in equations:
        hidden = [c for c in equation.parts if statuses[c] is Status.SUPPRESSED]
        if hidden and statuses[equation.total] is Status.SHOWN:
            assert sum(counts[c] for c in hidden) >= THRESHOLD


def rows_of(values: list[list[int]]) -> list[dict]:
    counts, _ = grid(values)
    return [
        {
            "agency": None if r == "t" else f"A{r}",
            "level": None if c == "t" else f"L{c}",
            "people": n,
            "met": n // 2,
            "unmet": n - n // 2,
            "share": None if n == 0 else (n // 2) / n,
        }
        for (r, c), n in counts.items()
    ]


RULE = TableRule(
    keys=("agency", "level"),
    counts=("people", "met", "unmet"),
    identities={"people": ("met", "unmet")},
    statistics={"share": ("people", "met")},
)


@settings(max_examples=100, deadline=None)
@given(tables)
def test_a_table_with_measures_that_add_up_gives_nothing_away(values):
    rows = rows_of(values)
    shown = protect(rows, RULE, THRESHOLD)
    counts = {(i, c): r[c] for i, r in enumerate(rows) for c in RULE.counts}
    statuses = {(i, c): p.statuses[c] for i, p in enumerate(shown) for c in RULE.counts}
    equations = table_equations(rows, RULE)
    assert attack(counts, statuses, equations) == set()
    sums = [(e.total, e.parts) for e in equations]
    assert narrow(counts, hidden_in(statuses), sums, THRESHOLD) == {}
    for row, protected in zip(rows, shown, strict=True):
        if protected.statuses["share"] is Status.SHOWN:
            assert row["people"] >= THRESHOLD
            assert protected.statuses["met"] is Status.SHOWN
        for column, status in protected.statuses.items():
            if status is Status.SUPPRESSED:
                assert protected.values[column] is None


def test_a_statistic_over_nobody_is_not_reported_and_over_few_is_suppressed():
    rows = [
        {"agency": None, "level": "a", "people": 0, "met": 0, "unmet": 0, "share": None},
        {"agency": None, "level": "b", "people": 4, "met": 4, "unmet": 0, "share": 1.0},
        {"agency": None, "level": "c", "people": 9, "met": 9, "unmet": 0, "share": 1.0},
    ]
    states = [p.statuses["share"] for p in protect(rows, RULE, THRESHOLD)]
    assert states == [Status.NOT_REPORTED, Status.SUPPRESSED, Status.SHOWN]


REPEATED = TableRule(
    keys=("competency", "level"), counts=("people",), repeated={"competency": ("people",)}
)


def hidden_places(protected) -> set:
    return {
        (p.values["competency"], p.values["level"])
        for p in protected
        if p.status is Status.SUPPRESSED
    }


def test_the_same_people_in_every_part_are_hidden_everywhere_or_nowhere():
    rows = [
        {"competency": c, "level": lv, "people": n}
        for c in (None, "M.01", "M.02")
        for lv, n in ((None, 29), ("x", 3), ("y", 6), ("z", 20))
    ]
    assert hidden_places(protect(rows, REPEATED, THRESHOLD)) == {
        (c, lv) for c in (None, "M.01", "M.02") for lv in ("x", "y")
    }


def test_people_counted_once_per_competency_are_not_found_by_dividing_the_total():
    rows = [
        {"competency": c, "level": "x", "people": n}
        for c, n in ((None, 9), ("M.01", 3), ("M.02", 3), ("M.03", 3))
    ]
    assert len(hidden_places(protect(rows, REPEATED, THRESHOLD))) == 4


def test_two_tables_of_the_same_people_hide_the_same_cells():
    links = {"people": ("people", ("agency", "level"))}
    plain = TableRule(keys=("agency", "level"), counts=("people",), links=links)
    split = TableRule(keys=("agency", "level", "status"), counts=("people",), links=links)
    levels = {"x": 3, "y": 8, "z": 40}
    first = [{"agency": "A", "level": lv, "people": n} for lv, n in levels.items()]
    first.append({"agency": "A", "level": None, "people": 51})
    second = [
        {"agency": "A", "level": lv, "status": s, "people": part}
        for lv, n in {**levels, None: 51}.items()
        for s, part in ((None, n), ("PNS", n // 2), ("PPPK", n - n // 2))
    ]
    one, two = protect_together([(first, plain), (second, split)], THRESHOLD)
    totals = {r.values["level"]: r.status for r in two if r.values["status"] is None}
    assert {r.values["level"]: r.status for r in one} == totals
    assert totals["x"] is Status.SUPPRESSED


def test_an_empty_table_is_protected():
    assert protect([], RULE, THRESHOLD) == []


@pytest.mark.parametrize("agencies", [640])
def test_a_national_table_is_protected_in_seconds(agencies):
    values = [[(a * 7 + lv * lv * 13) % (3 + 40 * lv) for lv in range(14)] for a in range(agencies)]
    counts, equations = grid(values)
    statuses = suppress(counts, equations, THRESHOLD)
    sums = [(e.total, e.parts) for e in equations]
    assert narrow(counts, hidden_in(statuses), sums, THRESHOLD) == {}


def test_counts_of_one_in_every_place_are_protected_without_looking_at_all_places(monkeypatch):
    """Whoever adds people to a place changes its counts and the nation's; that is looked at."""
    counts, equations = grid([[1, 30 + place % 7, 40 + place % 11, 50] for place in range(80)])
    places = {cell: cell[0] for cell in counts if cell[0] != "t"}
    costs = dict.fromkeys(counts, 6) | {cell: 20_000 for cell in counts if cell not in places}
    widths = []
    move, each = Shifts._move, Shifts._protect_each

    def watched_each(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                Shifts,
                "_move",
                lambda self, among, *rest: (widths.append(among.sum()), move(self, among, *rest)),
            )
            each(self)

    monkeypatch.setattr(Shifts, "_protect_each", watched_each)
    monkeypatch.setattr(shifts, "_SIZES", (60,))
    found = problem(counts, equations, THRESHOLD, costs=costs, places=places)
    cells = zip(counts, solve(found).hidden, strict=True)
    hidden = {cell for cell, is_hidden in cells if is_hidden}
    assert narrow(counts, hidden, [(e.total, e.parts) for e in equations], THRESHOLD) == {}
    assert 0 < max(widths, default=0) < len(counts) / 2


def test_a_set_of_categories_is_not_all_assessed_less_the_other_set():
    counts = dict.fromkeys(marts.POSITION_FIT.rule.counts, 0)
    levels = {"a": (45, 35, 10), "b": (13, 10, 3), "c": (60, 40, 20)}
    rows = [
        counts
        | {"agency_code": "A", "position_level": level, "people": 2 * assessed}
        | {"assessed": assessed, "mapping_assessed": mapping}
        | {"mapping_o": mapping - 4, "mapping_co": 4}
        | {"selection_assessed": selection, "selection_ms": selection}
        for level, (assessed, mapping, selection) in levels.items()
    ]
    rows.append(
        {c: sum(r[c] for r in rows) for c in counts} | {"agency_code": "A", "position_level": None}
    )
    for row in protect(rows, marts.POSITION_FIT.rule, THRESHOLD):
        three = ("assessed", "mapping_assessed", "selection_assessed")
        hidden = [c for c in three if row.statuses[c] is Status.SUPPRESSED]
        assert len(hidden) != 1
        assert row.values["position_level"] != "b" or "selection_assessed" in hidden
