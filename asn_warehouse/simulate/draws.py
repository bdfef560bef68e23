"""Random streams and array helpers that every part of the simulator uses."""

import zlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1).toordinal()


def stream(seed: int, topic: str, *keys: int) -> np.random.Generator:
    """Return the generator of a topic; streams of different topics or keys are independent."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode()), *keys])


def lasting(seed: int, topic: str, keys: IntArray) -> FloatArray:
    """Return a uniform number from 0 to 1 for each key, the same whenever it is asked for."""
    start = np.uint64(((seed + 1) * 2_654_435_761 + zlib.crc32(topic.encode())) % 2**64)
    mixed = (keys.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + start
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed ^ (mixed >> np.uint64(31))) / 2.0**64


def lasting_normal(seed: int, topic: str, keys: IntArray) -> FloatArray:
    """Return a standard normal number for each key, the same whenever it is asked for."""
    radius = np.sqrt(-2.0 * np.log1p(-lasting(seed, f"{topic} radius", keys)))
    return np.asarray(radius * np.cos(2.0 * np.pi * lasting(seed, f"{topic} angle", keys)))


def to_day(value: date) -> int:
    """Return days since 1970-01-01."""
    return value.toordinal() - _EPOCH


def to_date(day: int) -> date:
    """Return the date that is ``day`` days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH)


def month_start(month_index: IntArray) -> IntArray:
    """Return the first day (days since 1970) of months counted from January of year 0."""
    months = (month_index - 1970 * 12).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def month_of(days: IntArray) -> IntArray:
    """Return year × 12 + month − 1 of days since 1970."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype(np.int64) + 1970 * 12)


def calendar_digits(days: IntArray) -> IntArray:
    """Return each day as the number YYYYMMDD."""
    months = month_of(days)
    day = days - month_start(months) + 1
    return (months // 12) * 10_000 + (months % 12 + 1) * 100 + day


def rank_in_group(group: IntArray) -> IntArray:
    """Return 0, 1, 2 … in order of appearance inside each equal value of ``group``."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(group) else order
    lengths = np.diff(np.r_[starts, len(group)])
    ranks = np.empty(len(group), dtype=np.int64)
    ranks[order] = np.arange(len(group)) - np.repeat(starts, lengths)
    return ranks


def pick(rng: np.random.Generator, shares: Sequence[float] | FloatArray, size: int) -> IntArray:
    """Return ``size`` indices drawn with the given shares (any positive sum)."""
    bounds = np.cumsum(np.asarray(shares, dtype=float))
    point = rng.random(size) * bounds[-1]
    return np.asarray(np.searchsorted(bounds, point, side="right").astype(np.int64))


def share_out(total: int, weights: FloatArray, floor: int) -> IntArray:
    """Return integers that sum to ``total``, near the weights, none below ``floor``."""
    rest = total - floor * len(weights)
    exact = weights / weights.sum() * rest
    counts = np.floor(exact).astype(np.int64)
    short = rest - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return np.asarray(counts + floor)


def labels(values: Sequence[str | None] | pa.Array, index: IntArray) -> pa.Array:
    """Return text by index; an index of −1 is null."""
    texts = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return texts.take(pa.array(index, pa.int64(), mask=index < 0))


def days(values: IntArray, null: BoolArray | None = None) -> pa.Array:
    """Return days since 1970 as dates."""
    return pa.array(values.astype(np.int32), pa.int32(), mask=null).cast(pa.date32())


def integers(values: IntArray, null: BoolArray | None = None) -> pa.Array:
    """Return whole numbers."""
    return pa.array(values, pa.int64(), mask=null)


def decimals(values: FloatArray, null: BoolArray | None = None) -> pa.Array:
    """Return numbers with a fraction."""
    return pa.array(values, pa.float64(), mask=null)


def constant(value: str | None, size: int) -> pa.Array:
    """Return the same text ``size`` times."""
    return pa.repeat(pa.scalar(value, pa.string()), size)
