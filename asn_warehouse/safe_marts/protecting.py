"""A month of exact marts in, what must be hidden of each of their rows out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_warehouse.cell_system import Vector
from asn_warehouse.count_tables import Table
from asn_warehouse.report.protection import Hidden, Neighbour, protect_together
from asn_warehouse.row_keys import coded, groups, places
from asn_warehouse.safe_marts import (
    MARTS,
    SENSITIVE,
    SEVERITIES,
    SUBMISSION_SCORECARD,
    SYSTEMS,
    Mart,
)
from asn_warehouse.safe_marts.fineness import Level, kept, missing, too_fine

Month = Mapping[str, pd.DataFrame]
"""Rows of each mart by its name, in a fixed order and numbered from 0; null and NaN are one."""
Protected = dict[str, Hidden]
"""What is hidden of each mart; rows have their places in the month, what is left out has none."""
LeftOut = Mapping[str, set[Level]]
Columns = dict[str, Any]
"""Columns of a table: one value for each row, or one for all."""
_RUN = ("program_agency_code", "program_code", "run")


@dataclass(frozen=True)
class Stack:
    """Rows of marts that are one table; ``parts`` are the marts, and where in each they stand."""

    table: Table
    parts: Sequence[tuple[Mart, pd.Index]]

    def split(self, hidden: Hidden) -> Iterator[tuple[Mart, Hidden]]:
        """Yield what is hidden of each mart."""
        start = 0
        for mart, index in self.parts:
            yield mart, hidden[start : start + len(index)].set_axis(index)
            start += len(index)

    def joined(self, hidden: Protected) -> Hidden:
        """Return what is hidden of the marts as one; nothing of those that are not named."""
        found = [
            hidden.get(mart.name, pd.DataFrame()).reindex(
                index=index, columns=[*self.table.rule.counts], fill_value=False
            )
            for mart, index in self.parts
        ]
        return pd.concat(found, ignore_index=True)


@dataclass(frozen=True)
class Beside:
    """What readers have beside a month.

    ``near`` are served: the months before and after, and what this version replaces. From these
    nobody can subtract, even who knows which hidden counts stayed the same. ``older`` were served
    once; of these nobody can use what was shown.
    """

    near: Sequence[Neighbour] = ()
    older: Sequence[Neighbour] = ()


def protect_schemas(
    month: Month,
    thresholds: Mapping[str, int],
    beside: Mapping[str, Beside] | None = None,
) -> dict[str, Protected]:
    """Return what each schema hides of every mart that has a rule, those that hide less first.

    What one hides the next hides as well, so that all of them together say no more than the first.
    Rows of levels that are too fine are gone, and columns that no rule names.

    Args:
        month: its exact marts.
        thresholds: below which count each schema hides.
        beside: what readers of each schema have already.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
    """
    helped = _with_helpers(month)
    found: dict[str, Protected] = {}
    shown: Protected = {}
    guarded: Protected = {}
    for schema, threshold in thresholds.items():
        few = _few_people(month, threshold)
        stacks = _stacks(helped, too_fine(month, threshold))
        known = (beside or {}).get(schema, Beside())
        hidden = protect_together(
            [stack.table for stack in stacks],
            threshold,
            given=[*known.near, *map(as_shown, known.older)],
            hidden=[stack.joined(guarded) for stack in stacks],
        )
        split = [part for one in map(Stack.split, stacks, hidden) for part in one]
        guarded = {mart.name: hides for mart, hides in split}
        shown = {
            mart.name: _published(mart, helped[mart.name].loc[hides.index], hides, few, shown)
            for mart, hides in split
        }
        found[schema] = shown
    return found


def neighbour(exact: Month, shown: Month) -> Neighbour:
    """Return a month as its readers know it: ``shown`` has its rows with hidden values null.

    Rests and helpers stand in no published table; whoever knows all that they follow from knows
    them too, so they are made from what is shown and hidden where that cannot be done.
    """
    tables = [stack.table for stack in _stacks(_with_helpers(exact), missing(exact, shown))]
    seen = [stack.table for stack in _stacks(_with_helpers(shown, absent=np.nan), {})]
    return Neighbour(
        tables,
        [
            pd.DataFrame(~np.isnan(one.values) & np.isnan(two.values), columns=[*one.rule.counts])
            for one, two in zip(tables, seen, strict=True)
        ],
    )


def as_shown(neighbour: Neighbour) -> Neighbour:
    """Return what is known of ``neighbour`` to who cannot tell which hidden counts are the same."""
    tables = []
    for table, hidden in zip(neighbour.tables, neighbour.hidden, strict=True):
        counts = table.rows.reindex(columns=hidden.columns).mask(hidden)
        tables.append(Table(table.rows.assign(**counts), table.rule))
    return Neighbour(tables, [hidden & False for hidden in neighbour.hidden])


def _stacks(helped: Month, left_out: LeftOut) -> list[Stack]:
    """Return the tables to be protected together, without the levels left out."""
    found = []
    for system in SYSTEMS:
        parts = [
            (mart, pd.Index(kept(mart, helped[mart.name], left_out.get(mart.name, set()))))
            for mart in system.marts
        ]
        rows = [helped[mart.name].loc[index] for mart, index in parts]
        found.append(Stack(Table(pd.concat(rows, ignore_index=True), system.rule), parts))
    return found


def _with_helpers(month: Month, absent: float = 0) -> dict[str, pd.DataFrame]:
    """Return the rows of every mart with counts and keys that others have of the same people.

    ``absent`` is the number of people with a gap of some severity where nobody says.
    """
    found: dict[str, pd.DataFrame] = {}
    for mart in MARTS:
        rows = month.get(mart.name, pd.DataFrame())
        if len(rows) and mart.name in _HELPERS:
            rows = rows.assign(**_HELPERS[mart.name](rows, month, absent))
        found[mart.name] = rows.assign(
            **{
                rest: _count(rows, whole) - sum(_count(rows, part) for part in parts)
                for rest, (whole, parts) in mart.rests.items()
            }
        )
    return found


def _count(rows: pd.DataFrame, name: str) -> Vector:
    """Return a count of all rows; NaN where it is missing."""
    return rows.reindex(columns=[name])[name].to_numpy(dtype=float)


def _looked_up(
    rows: pd.DataFrame,
    among: Sequence[pd.DataFrame],
    keys: tuple[str, ...],
    counts: Mapping[str, str],
    absent: float = np.nan,
) -> Columns:
    """Return counts of the rows ``among`` others that have the same keys, by their new names."""
    others = pd.concat(among)
    place, _ = places(*coded([rows, others], keys))
    return {name: np.append(_count(others, count), absent)[place] for name, count in counts.items()}


def _of_needs(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    gaps = [_mart(month, name) for name in ("competency_gap_national", "competency_gap_agency")]
    keys = ("agency_code", "family", "competency_code", "position_level")
    return _looked_up(rows, gaps, keys, {"mild": "mild", "moderate": "moderate"}, absent)


def _of_exchange(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    runs = _mart(month, "program_effectiveness")
    runs = runs[runs.reindex(columns=["agency_code"])["agency_code"].isna()]
    counts = {"participants": "participants", "gain_n": "gain_n"}
    return {**_looked_up(rows, [runs], _RUN, counts), **_of_run(rows, month, absent)}


def _of_run(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    agency, program, run = (rows[key].astype("str").fillna("") for key in _RUN)
    return {"program_run": agency + "\t" + program + "\t" + run}


def _of_learning(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    """Return how many share the hours: cases of statistics, no count of its own."""
    return {"with_learning": _count(rows, "people_reported") - _count(rows, "no_learning")}


def _of_talent(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    return {"all_people": _count(rows, "placed_people") + _count(rows, "unplaced_people")}


def _of_careers(rows: pd.DataFrame, month: Month, absent: float) -> Columns:
    keys = ("agency_code", "position_level")
    return _looked_up(rows, [_mart(month, "position_fit")], keys, {"fully_assessed": "assessed"})


def _mart(month: Month, name: str) -> pd.DataFrame:
    return month.get(name, pd.DataFrame())


_HELPERS: dict[str, Callable[[pd.DataFrame, Month, float], Columns]] = {
    "training_need": _of_needs,
    "program_exchange": _of_exchange,
    "learning_hours": _of_learning,
    "program_effectiveness": _of_run,
    "talent_box": _of_talent,
    "career_mobility": _of_careers,
    "job_satisfaction": lambda *_: {"indicator": "job_satisfaction"},
    "service_satisfaction": lambda *_: {"indicator": "service_satisfaction"},
}


def _published(
    mart: Mart, rows: pd.DataFrame, hidden: Hidden, few: pd.DataFrame, before: Protected
) -> Hidden:
    """Return what is hidden of the columns of a mart that are to be seen.

    Args:
        mart: the mart.
        rows: those of its exact rows that are to be seen.
        hidden: what the protection of all tables hides of them.
        few: agency and dataset of submissions of few people.
        before: what a schema hides that hides less.
    """
    found = _with_only_parts(mart, rows, hidden)
    if mart.name.startswith("competency_gap"):
        # The mean gap gives hidden severities away where nobody above the standard blurs it.
        tells = (_count(rows, "met") == 0) & found[[*SEVERITIES]].any(axis=1)
        for name in {"gap_mean", "achieved_mean"} & {*rows}:
            found[name] |= tells & rows[name].notna()
    if mart.rows_of_people:
        is_few = places(*coded([rows, few], ("agency_code", "dataset")))[0] >= 0
        for name in (name for name in mart.rows_of_people if name in rows):
            found[name] = rows[name].notna() & is_few
    found = found[[name for name in found if name in mart.columns]]
    if mart.name not in before:
        return found
    return found | before[mart.name].reindex(index=found.index, fill_value=False)


def _with_only_parts(mart: Mart, rows: pd.DataFrame, hidden: Hidden) -> Hidden:
    """Hide a statistic of a total where it is the one of its only part that has any, hidden there.

    The cases of a mean may be fewer than the count it rests on: of both tracks of recruitment only
    one may have a component.
    """
    codes = coded([rows], mart.rule.keys)[0]
    names = [name for name in mart.rule.statistics if name in rows]
    has = {name: rows[name].notna().to_numpy() for name in names}
    found = {name: hidden[name].to_numpy(copy=True) for name in hidden}
    only = []
    for grouped in (groups(codes, key) for key in mart.rule.keys):
        total = grouped.totals[grouped.of]
        for name in names:
            known = has[name][grouped.parts]
            number = np.bincount(grouped.of, known, minlength=len(grouped.totals))
            alone = known & (number[grouped.of] == 1) & (total >= 0) & has[name][total]
            only.append((name, total[alone], grouped.parts[alone]))
    changed = True
    while changed:
        changed = False
        for name, totals, parts in only:
            tells = found[name][parts] & ~found[name][totals]
            found[name][totals[tells]] = True
            changed |= bool(tells.any())
    return pd.DataFrame(found, index=hidden.index)


def _few_people(month: Month, threshold: int) -> pd.DataFrame:
    """Return agency and dataset of every submission whose rows are a few people to protect."""
    rows = _mart(month, SUBMISSION_SCORECARD.name)
    rows = rows.reindex(columns=["agency_code", "dataset", "rows_read"])
    few = (rows["rows_read"] > 0) & (rows["rows_read"] < threshold)
    return rows[rows["dataset"].isin(SENSITIVE) & few]
