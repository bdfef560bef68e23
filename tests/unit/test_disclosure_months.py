"""What two months beside each other may show, attacked from outside."""

from attacker import over_months
from hypothesis import given, settings
from hypothesis import strategies as st
from named_cells import (
    Equation,
    as_shown,
    problem,
    protect,
    table_equations,
    table_of,
)

from asn_warehouse.count_tables import TableRule
from asn_warehouse.disclosure import Status, solve
from asn_warehouse.report.protection import Neighbour, problem_of, protect_together

THRESHOLD = 5
RULE = TableRule(keys=("agency_code", "level"), counts=("people",))


def rows_of(values):
    """A row for each agency and level, for each of both alone, and one for all."""
    height, width = len(values), len(values[0])
    found = {
        (None if a is None else f"A{a}", None if lv is None else f"L{lv}"): sum(
            values[r][c]
            for r in (range(height) if a is None else [a])
            for c in (range(width) if lv is None else [lv])
        )
        for a in (None, *range(height))
        for lv in (None, *range(width))
    }
    return [{"agency_code": a, "level": lv, "people": n} for (a, lv), n in found.items()]


def seen(rows, protected):
    """What the attacker is given of one month: counts, hidden cells, sums."""
    counts = {(i, "people"): row["people"] for i, row in enumerate(rows)}
    hidden = {(i, "people") for i, row in enumerate(protected) if row.status is Status.SUPPRESSED}
    sums = [(e.total, e.parts) for e in table_equations(rows, RULE)]
    return counts, hidden, sums


def unchanged(before, after):
    """Cells with the same count in both months; months have rows for the same places."""
    return [
        ((i, "people"), (i, "people"))
        for i, (one, other) in enumerate(zip(before, after, strict=True))
        if one == other
    ]


def both(before, after, *, aware=True):
    """Protect two months one after the other; return what both tell, and what was loosened."""
    one, other = [table_of(before, RULE)], [table_of(after, RULE)]
    hidden = protect_together(one, THRESHOLD)
    first = as_shown(before, hidden[0], RULE)
    beside = [Neighbour(one, hidden)] if aware else []
    second = as_shown(after, protect_together(other, THRESHOLD, given=beside)[0], RULE)
    answer = solve(problem_of(other, THRESHOLD, given=beside))
    loosened = {(cell, "people") for cell in map(int, answer.loosened.nonzero()[0])}
    same = [pair for pair in unchanged(before, after) if pair[1] not in loosened]
    told = over_months([seen(before, first), seen(after, second)], same, THRESHOLD)
    return told, loosened, second


BEFORE = [[12, 20, 9, 30], [16, 8, 25, 14], [40, 11, 18, 7]]
AFTER = [[3, 20, 9, 30], [16, 8, 29, 14], [40, 11, 18, 7]]


def test_a_month_that_looks_at_no_other_is_given_away_by_the_one_before():
    told, _, _ = both(rows_of(BEFORE), rows_of(AFTER), aware=False)
    assert (1, (6, "people")) in told


def test_a_count_that_falls_below_the_threshold_takes_what_changed_with_it():
    told, loosened, second = both(rows_of(BEFORE), rows_of(AFTER))
    assert told == {} and loosened == set()
    for pair in unchanged(rows_of(BEFORE), rows_of(AFTER)):
        assert second[pair[1][0]].status is Status.SHOWN


def test_what_was_hidden_and_is_the_same_is_hidden_again():
    values = [[2, 20, 30], [40, 6, 9], [11, 17, 50]]
    rows = rows_of(values)
    told, loosened, second = both(rows, rows)
    assert told == {} and loosened == set()
    first = protect(rows, RULE, THRESHOLD)
    assert [row.status for row in first] == [row.status for row in second]


def test_what_a_month_before_gives_away_whatever_is_hidden_is_told():
    """One left a group of five and joined one of nobody; all around stayed the same."""
    told, loosened, second = both(
        rows_of([[5, 0, 20], [9, 30, 14]]), rows_of([[4, 1, 20], [9, 30, 14]])
    )
    assert told == {} and loosened
    assert all(second[i].status is Status.SUPPRESSED for i, _ in loosened)


def test_what_two_earlier_publications_bound_together_forbids_no_third():
    """Each lets a count lie between 1 and 6, or 2 and 8; that it is one count, between 2 and 6."""
    counts = {"all": 7, "a": 3, "b": 4, "all'": 9, "a'": 3, "f'": 1, "g'": 2, "h'": 6}
    counts |= {"x": 3, "y": 20, "xy": 23}
    answer = solve(
        problem(
            counts,
            [
                Equation("all", ("a", "b")),
                Equation("all'", ("a'", "h'")),
                Equation("a'", ("f'", "g'")),
                Equation("xy", ("x", "y")),
            ],
            THRESHOLD,
            elsewhere={"a", "b", "a'", "f'", "g'", "h'"},
            shown_elsewhere={"all", "all'"},
            same=[("x", "a"), ("x", "a'")],
            costs={"xy": 20_000},
        )
    )
    hidden, loosened = (
        {cell for cell, is_one in zip(counts, mask, strict=True) if is_one}
        for mask in (answer.hidden, answer.loosened)
    )
    assert loosened == {"x"}
    assert {"x", "y"} <= hidden and "xy" not in hidden


tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 8), st.integers(0, 90)), min_size=width, max_size=width),
        min_size=2,
        max_size=4,
    )
)


@settings(max_examples=60, deadline=None)
@given(tables, st.data())
def test_two_months_tell_no_hidden_count(values, data):
    later = [list(row) for row in values]
    for _ in range(data.draw(st.integers(0, 4))):
        r = data.draw(st.integers(0, len(values) - 1))
        c = data.draw(st.integers(0, len(values[0]) - 1))
        later[r][c] = data.draw(st.integers(0, 60))
    before, after = rows_of(values), rows_of(later)
    told, _, second = both(before, after)
    assert told == {}
    for row, protected in zip(after, second, strict=True):
        assert (protected.status is Status.SHOWN) or row["people"] > 0
        assert (protected.status is Status.SUPPRESSED) or not 0 < row["people"] < THRESHOLD
