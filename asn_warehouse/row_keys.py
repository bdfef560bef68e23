"""Rows of tables by the values of their keys: which are the same, which are parts of a total."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_warehouse.cell_system import Numbers


def coded(frames: Sequence[pd.DataFrame], names: Iterable[str]) -> list[pd.DataFrame]:
    """Return the columns ``names`` of all frames as numbers: equal values alike, null as -1.

    Values are numbered from 0 in the order of rows. A column that a frame does not have is null.
    """
    lengths = [len(frame) for frame in frames]
    found = {}
    for name in dict.fromkeys(names):
        has = [name in frame for frame in frames]
        found[name] = np.full(sum(lengths), -1, dtype=np.int32)
        if any(has):
            known = pd.concat([frame[name] for frame in frames if name in frame])
            found[name][np.repeat(has, lengths)] = pd.factorize(known)[0]
    codes, ends = pd.DataFrame(found, index=range(sum(lengths))), np.cumsum(lengths)
    return [codes[end - n : end] for n, end in zip(lengths, ends, strict=True)]


def combined(codes: pd.DataFrame) -> Numbers:
    """Return for each row the number of its combination of codes, from 0 in the order of rows."""
    found = np.zeros(len(codes), dtype=np.int64)
    for name in codes:
        column = codes[name].to_numpy(dtype=np.int64)
        found = pd.factorize(found * (column.max(initial=0) + 2) + column + 1)[0]
    return found


def places(codes: pd.DataFrame, among: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Return for each row the place of the last row ``among`` others that is the same, -1: none.

    And how many of the others are the same.
    """
    here, there = np.split(combined(pd.concat([codes, among])), [len(codes)])
    last = np.full(max(here.max(initial=-1), there.max(initial=-1)) + 1, -1)
    last[there] = np.arange(len(there))
    return last[here], np.bincount(there, minlength=len(last))[here]


@dataclass(frozen=True)
class Groups:
    """Rows that differ in one key alone.

    ``totals`` is for each group the row where that key is null, -1 where there is none. ``parts``
    are the other rows, those of a group together in their order, and ``of`` the group of each.
    """

    totals: Numbers
    parts: Numbers
    of: Numbers


def groups(codes: pd.DataFrame, key: str) -> Groups:
    """Return the rows grouped by all keys but ``key``; of several totals the last counts."""
    group = combined(codes.drop(columns=key))
    is_total = codes[key].to_numpy() < 0
    totals = np.full(group.max(initial=-1) + 1, -1)
    totals[group[is_total]] = np.flatnonzero(is_total)
    parts = np.flatnonzero(~is_total)
    parts = parts[np.argsort(group[parts], kind="stable")]
    return Groups(totals, parts, group[parts])
