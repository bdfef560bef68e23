"""Protected marts as files beside the exact ones: the same rows and columns, what is hidden null.

Two columns more say so: ``disclosure_status`` of the row, and ``suppressed`` with the names of the
hidden columns, joined by ``;``. A null that is not named there was not reported.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from asn_warehouse import archive
from asn_warehouse.archive import Mart as Table
from asn_warehouse.archive import Version
from asn_warehouse.disclosure import NotProtected, Status
from asn_warehouse.errors import PublishConflict
from asn_warehouse.files import sync
from asn_warehouse.report.protection import Hidden, Neighbour, ProtectedRow
from asn_warehouse.safe_marts import MARTS, Mart, past
from asn_warehouse.safe_marts.fineness import levels
from asn_warehouse.safe_marts.past import Past
from asn_warehouse.safe_marts.protecting import Beside, neighbour, protect_schemas
from asn_warehouse.settings import Settings

STATUS, SUPPRESSED = "disclosure_status", "suppressed"
ADDED = (STATUS, SUPPRESSED)
"""What protected tables have beside the columns of their marts."""
NOTHING = Past()


def write(
    settings: Settings, marts: Sequence[Table], folder: Path, known: Past = NOTHING
) -> tuple[Table, ...]:
    """Write schemas ``safe`` and ``open`` of a month whose exact marts lie in ``folder``.

    The same marts, settings and past give the same bytes. What was made of the same marts before
    and served is served again as it was.

    Args:
        settings: the two thresholds, and where the archive lies.
        marts: the tables of the month; those without a rule are passed over.
        folder: that of the version to be.
        known: what readers have of this month and of those beside it.

    Returns:
        the files written, for the archive's record of the version.

    Raises:
        PublishConflict: when something hidden could be told whatever else is hidden, or when a
            file of the past is not what was published.
    """
    copied = past.copied(settings, known.own, digest(settings, marts), folder)
    if copied is not None:
        return copied
    exact = read(folder, {mart.name for mart in marts if not mart.restricted})
    written: list[Table] = []
    try:
        schemas = protect_schemas(frames(exact), thresholds(settings), _beside(settings, known))
    except NotProtected as error:
        raise PublishConflict(
            f"The month cannot be protected: {error}.",
            mend="What is served stays as it was. Look for a mart whose rows do not add up.",
        ) from error
    for schema, found in schemas.items():
        (folder / schema).mkdir()
        for mart in sorted((m for m in MARTS if m.name in exact), key=lambda m: m.name):
            table = protected_table(mart, exact[mart.name], found[mart.name])
            path = folder / schema / f"{mart.name}.parquet"
            pq.write_table(table, path, compression="zstd")
            written.append(archive.sealed(folder, mart.name, table.num_rows, schema=schema))
        sync(folder / schema)
    return tuple(written)


def _beside(settings: Settings, known: Past) -> dict[str, Beside]:
    """Return for each protected schema what its readers have."""
    near = [_neighbours(settings, version) for version in known.near]
    older = [_neighbours(settings, version) for version in known.older]
    return {
        schema: Beside([found[schema] for found in near], [found[schema] for found in older])
        for schema in thresholds(settings)
    }


def _neighbours(settings: Settings, version: Version) -> dict[str, Neighbour]:
    """Return a version as readers of each protected schema have it."""
    archive.verify(settings, version, past.said(version))
    folder = archive.directory(settings, version.period, version.version)
    names = {table.name for table in version.protected}
    exact = frames(read(folder, names))
    return {
        schema: neighbour(exact, frames(read(folder / schema, names)))
        for schema in thresholds(settings)
    }


def digest(settings: Settings, marts: Iterable[Table]) -> str:
    """Return what stands for all that the protected tables of ``marts`` are made of."""
    return past.digest(marts, thresholds(settings))


def left_out(folder: Path) -> dict[str, dict[str, list[list[str]]]]:
    """Return by schema and mart the levels of detail of a version that were too fine.

    Each level is the list of its keys, in their order.
    """
    found: dict[str, dict[str, list[list[str]]]] = {}
    for schema in (archive.SAFE, archive.OPEN):
        found[schema] = {}
        for mart in sorted(MARTS, key=lambda mart: mart.name):
            path = folder / schema / f"{mart.name}.parquet"
            if path.exists():
                keys = [*mart.rule.keys]
                exact, shown = (
                    {*levels(mart, pq.read_table(file, columns=keys).to_pandas())[0]}
                    for file in (folder / path.name, path)
                )
                if gone := exact - shown:
                    found[schema][mart.name] = sorted(
                        [key for key in keys if key in level] for level in gone
                    )
    return found


def thresholds(settings: Settings) -> dict[str, int]:
    """Return below which count each protected schema hides, the one that hides less first."""
    return {archive.SAFE: settings.small_cell, archive.OPEN: settings.small_cell_open}


def is_current(settings: Settings, version: Version) -> bool:
    """Return whether ``version`` has every table that it should, at the thresholds of today.

    Versions of long ago have none.
    """
    wanted = {mart.name for mart in MARTS} & {mart.name for mart in version.marts}
    has_all = wanted <= {mart.name for mart in version.protected}
    return has_all and version.thresholds == thresholds(settings)


def read(folder: Path, names: set[str]) -> dict[str, pa.Table]:
    """Return the exact marts that have a rule, in the order of their keys."""
    return {
        mart.name: _in_order(mart, pq.read_table(folder / f"{mart.name}.parquet"))
        for mart in MARTS
        if mart.name in names
    }


def _in_order(mart: Mart, table: pa.Table) -> pa.Table:
    """Order rows by their keys alone: their order says nothing of what is hidden."""
    keys = [(key, "ascending", "at_start") for key in ("period", *mart.rule.keys)]
    return table.take(pc.sort_indices(table, sort_keys=keys))


def frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    """Return tables as they are protected: a missing value is NaN."""
    return {name: table.to_pandas(date_as_object=False) for name, table in tables.items()}


def protected_table(mart: Mart, exact: pa.Table, hidden: Hidden) -> pa.Table:
    """Return the rows of ``exact`` that ``hidden`` has, with what is hidden null.

    Two columns more say what that is.
    """
    exact = exact.take(pa.array(hidden.index, pa.int64()))
    columns = {name: exact.column(name) for name in exact.column_names if name in mart.columns}
    guarded = [name for name in (*mart.rule.counts, *mart.rule.statistics) if name in hidden]
    is_reported = np.full(len(hidden), not guarded)
    for name in guarded:
        if name in columns:
            is_reported |= pc.is_valid(columns[name]).to_numpy()
    status = np.where(is_reported, Status.SHOWN, Status.NOT_REPORTED)
    names = [pa.array([""] * len(hidden), pa.string())]
    for name in (name for name in columns if name in hidden):
        is_hidden = pa.array(hidden[name].to_numpy())
        columns[name] = pc.if_else(is_hidden, pa.scalar(None, columns[name].type), columns[name])
        names.append(pc.if_else(is_hidden, f"{name};", ""))
    status[hidden.any(axis=1).to_numpy()] = Status.SUPPRESSED
    columns[STATUS] = pa.array(status, pa.string())
    columns[SUPPRESSED] = pc.utf8_rtrim(pc.binary_join_element_wise(*names, ""), ";")
    return pa.table(columns)


def protected_row(mart: Mart, row: Mapping[str, Any]) -> ProtectedRow:
    """Return a row of a protected table as it was when it was protected."""
    hidden = set(filter(None, row[SUPPRESSED].split(";")))
    guarded = [n for n in (*mart.rule.counts, *mart.rule.statistics) if n in row]
    statuses = {name: _status(row[name]) for name in guarded}
    values: dict[str, Any] = {name: row[name] for name in row if name not in ADDED}
    return ProtectedRow(values, {**statuses, **dict.fromkeys(sorted(hidden), Status.SUPPRESSED)})


def _status(value: Any) -> Status:
    return Status.NOT_REPORTED if value is None else Status.SHOWN
