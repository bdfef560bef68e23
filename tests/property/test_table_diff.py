"""The difference of two tables is the one that a walk through their rows finds."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asn_warehouse import table_diff

KEYS = ("agency_code", "level")
SCHEMA = pa.schema(
    [("agency_code", pa.string()), ("level", pa.string()), ("n", pa.int64()), ("x", pa.float64())]
)
Table = dict[tuple[str | None, str | None], tuple[int | None, float | None]]
TABLES = st.dictionaries(
    st.tuples(st.sampled_from(["A", "B", "C", None]), st.sampled_from(["p", "q", None])),
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from([0.0, 0.5, 2.0])),
    max_size=12,
)


def write(folder: Path, name: str, table: Table) -> Path:
    rows = [dict(zip(SCHEMA.names, (*key, *values), strict=True)) for key, values in table.items()]
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


@given(before=TABLES, after=TABLES)
@example(before={("A", None): (1, 0.5)}, after={("B", None): (2, 0.5)})
@example(before={("A", None): (1, 0.5)}, after={("A", None): (2, 0.5), ("A", "p"): (1, None)})
@example(
    before={("A", "p"): (0, None), ("B", "p"): (None, None)},
    after={("A", "p"): (0, None), ("B", "p"): (0, None)},
)
@example(before={}, after={(None, None): (2, 0.5), ("A", "p"): (1, None)})
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_agencies_and_totals_are_those_of_a_walk_through_the_rows(
    before: Table, after: Table, tmp_path: Path
) -> None:
    files = write(tmp_path, "before", before), write(tmp_path, "after", after)
    with duckdb.connect() as connection:
        found = {d.measure: d for d in table_diff.compare(connection, *files, KEYS)}
    both = before.keys() & after.keys()
    moved = before.keys() ^ after.keys()
    changed = {key for key in both if before[key] != after[key]}
    assert (None in found) == bool(moved | changed)
    for place, name in enumerate(("n", "x")):
        own = {key for key in both if before[key][place] != after[key][place]}
        gaps = [
            abs(after[key][place] - before[key][place])
            for key in own
            if None not in (before[key][place], after[key][place])
        ]
        total = [side.get(_top(before, after), (None, None))[place] for side in (before, after)]
        if name in found:
            item = found[name]
            assert item.rows_changed == len(own)
            assert item.agencies == _agencies(own)
            assert item.largest_change == max(gaps, default=None)
            assert [item.value_before, item.value_after] == total
        else:
            assert not own and total[0] == total[1]
    if None in found:
        whole = found[None]
        assert (whole.rows_before, whole.rows_after) == (len(before), len(after))
        assert (whole.rows_added, whole.rows_removed, whole.rows_changed) == (
            len(after.keys() - before.keys()),
            len(before.keys() - after.keys()),
            len(changed),
        )
        assert whole.agencies == _agencies(moved | changed)


def _agencies(keys: set[tuple[str | None, str | None]]) -> tuple[str, ...]:
    return tuple(sorted({agency for agency, _ in keys if agency is not None}))


def _top(before: Table, after: Table) -> tuple[str | None, str | None] | None:
    """Return the key of the one row of totals: null wherever any row's key is null."""
    keys = before.keys() | after.keys()
    is_open = [any(key[i] is None for key in keys) for i in (0, 1)]
    top = {
        key for key in keys if any(is_open) and all(key[i] is None for i in (0, 1) if is_open[i])
    }
    return top.pop() if len(top) == 1 else None
