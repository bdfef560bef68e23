"""Which levels of detail are too fine to be protected: their rows are left out altogether.

Where most counts of a table are of few people, hiding them one by one hides the totals as well, for
every row that stays is one more sum to subtract with. A coarser table tells its readers more.

Source: SDC Handbook, chapter 5: redesign a table before suppressing its cells.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from asn_warehouse.cell_system import Numbers
from asn_warehouse.row_keys import combined
from asn_warehouse.safe_marts import MARTS, Mart

Level = frozenset[str]
"""The keys that are not null in a row: by what it is broken down."""
TOO_FINE = 1 / 4
"""The share of counts below the threshold, of those above zero, from which a level is too fine."""


def levels(mart: Mart, rows: pd.DataFrame) -> tuple[list[Level], Numbers]:
    """Return by what the rows of a mart are broken down, and for each row the place of its level.

    A key that ``rows`` do not have is null.
    """
    known = rows.reindex(columns=[*mart.rule.keys]).notna()
    number = combined(known)
    first = np.unique(number, return_index=True)[1]
    return [frozenset(known.columns[has]) for has in known.to_numpy()[first]], number


def too_fine(month: Mapping[str, pd.DataFrame], threshold: int) -> dict[str, set[Level]]:
    """Return for each mart the levels of agencies' details that are too fine.

    The nation and the totals of agencies are never left out, however few people they are of.
    """
    found: dict[str, set[Level]] = {}
    for mart in MARTS:
        rows = month.get(mart.name, pd.DataFrame())
        names, number = levels(mart, rows)
        counts = rows.reindex(columns=[*mart.rule.counts]).fillna(0).to_numpy(dtype=float)
        above_zero = np.bincount(number, (counts != 0).sum(axis=1))
        few = np.bincount(number, ((counts != 0) & (counts < threshold)).sum(axis=1))
        is_fine = few > TOO_FINE * above_zero
        found[mart.name] = {
            level for level, fine in zip(names, is_fine, strict=True) if fine and _is_detail(level)
        }
    return found


def missing(
    exact: Mapping[str, pd.DataFrame], shown: Mapping[str, pd.DataFrame]
) -> dict[str, set[Level]]:
    """Return for each mart the levels that ``shown`` has no row of."""
    nothing = pd.DataFrame()
    return {
        mart.name: {*levels(mart, exact[mart.name])[0]}
        - {*levels(mart, shown.get(mart.name, nothing))[0]}
        for mart in MARTS
        if mart.name in exact
    }


def kept(mart: Mart, rows: pd.DataFrame, left_out: set[Level]) -> Numbers:
    """Return the places of the rows that stay: of no level left out, and of none finer."""
    names, number = levels(mart, rows)
    stays = [not any(out <= level for out in left_out) for level in names]
    return np.flatnonzero(np.array(stays, dtype=bool)[number])


def _is_detail(level: Level) -> bool:
    return "agency_code" in level and len(level) > 1
