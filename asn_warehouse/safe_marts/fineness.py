"""Which levels of detail are too fine to be protected: their rows are left out altogether.

Where most counts of a table are of few people, hiding them one by one hides the totals as well, for
every row that stays is one more sum to subtract with. A coarser table tells its readers more.

Source: SDC Handbook, chapter 5: redesign a table before suppressing its cells.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from asn_warehouse.safe_marts import MARTS, Mart

Record = Mapping[str, Any]
Level = frozenset[str]
"""The keys that are not null in a row: by what it is broken down."""
TOO_FINE = 1 / 4
"""The share of counts below the threshold, of those above zero, from which a level is too fine."""


def level_of(mart: Mart, row: Record) -> Level:
    """Return by what ``row`` is broken down."""
    return frozenset(key for key in mart.rule.keys if row.get(key) is not None)


def too_fine(month: Mapping[str, Sequence[Record]], threshold: int) -> dict[str, set[Level]]:
    """Return for each mart the levels of agencies' details that are too fine.

    The nation and the totals of agencies are never left out, however few people they are of.
    """
    found: dict[str, set[Level]] = {}
    for mart in MARTS:
        above_zero: dict[Level, int] = {}
        few: dict[Level, int] = {}
        for row in month.get(mart.name, ()):
            level = level_of(mart, row)
            counts = [row[name] for name in mart.rule.counts if row.get(name)]
            above_zero[level] = above_zero.get(level, 0) + len(counts)
            few[level] = few.get(level, 0) + sum(count < threshold for count in counts)
        found[mart.name] = {
            level
            for level, number in above_zero.items()
            if _is_detail(level) and few[level] > TOO_FINE * number
        }
    return found


def missing(
    exact: Mapping[str, Sequence[Record]], shown: Mapping[str, Sequence[Record]]
) -> dict[str, set[Level]]:
    """Return for each mart the levels that ``shown`` has no row of."""
    return {
        mart.name: _levels(mart, exact) - _levels(mart, shown)
        for mart in MARTS
        if mart.name in exact
    }


def kept(mart: Mart, rows: Sequence[Record], left_out: set[Level]) -> list[int]:
    """Return the places of the rows that stay: of no level left out, and of none finer."""
    levels = [level_of(mart, row) for row in rows]
    stay = {level for level in set(levels) if not any(out <= level for out in left_out)}
    return [place for place, level in enumerate(levels) if level in stay]


def _levels(mart: Mart, month: Mapping[str, Sequence[Record]]) -> set[Level]:
    return {level_of(mart, row) for row in month.get(mart.name, ())}


def _is_detail(level: Level) -> bool:
    return "agency_code" in level and len(level) > 1
