"""Small tools over data frames: totals as rows, shares, first rows, and the comparison itself."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

TOTAL = "*"
"""Stands in a key for the total over it, where the marts have null."""


def stacked(
    frame: pd.DataFrame, keys: Sequence[str], kept: Iterable[Sequence[str]] | None = None
) -> pd.DataFrame:
    """Return the rows once for each set of kept keys (default all), TOTAL in the others."""
    sets = subsets(keys) if kept is None else kept
    parts = [frame.assign(**dict.fromkeys(set(keys) - set(own), TOTAL)) for own in sets]
    return pd.concat(parts, ignore_index=True)


def subsets(keys: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every subset of ``keys``, the empty one included."""
    return [kept for size in range(len(keys) + 1) for kept in combinations(keys, size)]


def share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return part / whole, null over nothing."""
    whole = whole.astype(float)
    return part.astype(float) / whole.where(whole != 0)


def half_up(values: pd.Series, digits: int) -> pd.Series:
    """Return positive values rounded half up; binary noise below the half does not count."""
    return np.floor(values.astype(float) * 10**digits + 0.5 + 1e-9) / 10**digits


def first(frame: pd.DataFrame, keys: Sequence[str], **order: bool) -> pd.DataFrame:
    """Return the first row of each key; ``order`` names columns, true for ascending."""
    rows = frame.sort_values(list(order), ascending=list(order.values()), kind="stable")
    return rows.drop_duplicates(list(keys), keep="first")


def is_total(frame: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Return whether a row is a total over any of the keys."""
    return (frame[list(keys)] == TOTAL).any(axis=1)


def pairs(frame: pd.DataFrame, keys: Sequence[str]) -> pd.MultiIndex:
    """Return the keys of each row, to be looked up in those of another frame."""
    return pd.MultiIndex.from_frame(frame[list(keys)])


def differences(
    mart: pd.DataFrame, types: dict[str, str], again: pd.DataFrame, keys: Sequence[str]
) -> list[str]:
    """Return what differs, in words; nothing where rows, columns and values agree.

    Counts, flags, texts and days must be equal, other numbers to 1e-9 of their size or of one.
    """
    if set(mart.columns) != set(again.columns):
        missing = sorted(set(mart.columns) - set(again.columns))
        extra = sorted(set(again.columns) - set(mart.columns))
        return [f"columns that nobody computed again: {missing}; not in the mart: {extra}"]
    one, other = (_indexed(frame, keys) for frame in (mart, again))
    found = [f"{name} has a key twice" for name, f in (("mart", one), ("again", other))
             if not f.index.is_unique]  # fmt: skip
    absent, extra_rows = other.index.difference(one.index), one.index.difference(other.index)
    if len(absent):
        found.append(f"{len(absent)} rows are not in the mart: {list(absent[:4])}")
    if len(extra_rows):
        found.append(f"{len(extra_rows)} rows are only in the mart: {list(extra_rows[:4])}")
    if found:
        return found
    other = other.loc[one.index]
    for name in mart.columns.difference(list(keys)):
        wrong = ~_same(one[name], other[name], types[name])
        if wrong.any():
            at = [*one.index[wrong][:3]]
            seen = [(k, one.loc[k, name], other.loc[k, name]) for k in at]
            found.append(f"{name}: {int(wrong.sum())} of {len(one)} differ: {seen}")
    return found


def _indexed(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    filled = {key: frame[key].astype(object).where(frame[key].notna(), TOTAL) for key in keys}
    return frame.assign(**filled).set_index(list(keys))


def _same(one: pd.Series, other: pd.Series, kind: str) -> np.ndarray:
    empty = one.isna().to_numpy() & other.isna().to_numpy()
    if kind.startswith(("DATE", "TIMESTAMP")):
        one, other = pd.to_datetime(one), pd.to_datetime(other)
    elif kind not in ("VARCHAR", "BOOLEAN"):
        limit = 0.0 if kind.endswith("INT") or kind == "INTEGER" else 1e-9
        left, right = one.astype(float).to_numpy(), other.astype(float).to_numpy()
        allowed = limit * np.maximum(1.0, np.abs(right))
        with np.errstate(invalid="ignore"):
            return empty | (np.abs(left - right) <= allowed)
    left, right = (side.astype(object).where(side.notna(), None) for side in (one, other))
    return empty | (left.to_numpy() == right.to_numpy())
