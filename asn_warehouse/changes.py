"""``publication_diff``: what a publication changed against the one before it, and by whom.

The table is computed when a version is published, from the archive of both versions, and kept
beside the new one. It is no part of the version's content: the same month computed again has the
same digest, whatever was published before it.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from asn_warehouse import archive, causes, table_diff
from asn_warehouse.archive import Mart, Version, directory, sealed
from asn_warehouse.build import BuildContext
from asn_warehouse.causes import Cause
from asn_warehouse.dbt_results import some
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.lineage import Lineage, Node
from asn_warehouse.settings import Settings
from asn_warehouse.table_diff import Difference

NAME = archive.CHANGES
COLUMNS: dict[str, str] = {
    "period": "date",
    "version": "bigint",
    "previous_version": "bigint",
    "table_name": "varchar",
    "measure": "varchar",
    "is_total": "boolean",
    "rows_before": "bigint",
    "rows_after": "bigint",
    "rows_added": "bigint",
    "rows_removed": "bigint",
    "rows_changed": "bigint",
    "value_before": "double",
    "value_after": "double",
    "difference": "double",
    "largest_change": "double",
    "agencies_changed": "bigint",
    "changed_agency_codes": "varchar",
    "caused_by_agencies": "bigint",
    "caused_by": "varchar",
    "has_new_rules": "boolean",
    "previous_as_of": "timestamp",
    "as_of": "timestamp",
    "published_at": "timestamp",
}
"""The table as its model declares it."""

_DECIMALS = 6
_ARROW = {
    "date": pa.date32(),
    "bigint": pa.int64(),
    "varchar": pa.string(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us"),
}


def write(
    settings: Settings,
    context: BuildContext,
    folder: Path,
    version: Version,
    previous: Version | None,
    made: Lineage,
) -> tuple[Mart, ...]:
    """Write what ``version`` changes against ``previous``, and which submissions it knew.

    Args:
        settings: where the archive lies.
        context: the candidate of ``version``.
        folder: where its marts were exported to.
        version: the version to be, with its marts.
        previous: the version that is served now; None for the first, which changes nothing.
        made: how the project makes its marts.

    Returns:
        the files written, for the archive's record of the version.
    """
    rows: list[dict[str, Any]] = []
    with engine.connect(settings, context.database, read_only=True) as connection:
        knew = causes.known(connection, settings, version)
        causes.write(connection, knew, folder / f"{causes.SUBMISSIONS}.parquet")
        if previous is not None:
            knew_before = causes.known_before(connection, settings, previous)
            found = causes.causes(settings, knew_before, knew, _agency_names(connection))
            for table in _files(settings, previous, version, folder):
                rows += _rows(connection, table, made, found, (previous, version))
        _write_table(connection, rows, folder / f"{NAME}.parquet")
    return tuple(
        sealed(folder, name, count)
        for name, count in ((NAME, len(rows)), (causes.SUBMISSIONS, len(knew)))
    )


def schema() -> pa.Schema:
    """Return the columns of the table for Arrow."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in COLUMNS.items()])


def load(
    connection: duckdb.DuckDBPyConnection, settings: Settings, versions: Iterable[Version]
) -> None:
    """Create table ``main.publication_diff`` of every version ever published."""
    files = [
        directory(settings, version.period, version.version) / f"{NAME}.parquet"
        for version in versions
        if any(extra.name == NAME for extra in version.extras)
    ]
    typed = ", ".join(f"{engine.identifier(name)} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table main.{NAME} ({typed})")
    if files:
        connection.execute(
            f"insert into main.{NAME} by name from"
            f" (from read_parquet({engine.path_list(files)}, union_by_name = true)"
            " order by period desc, version desc, table_name, measure nulls first)"
        )


def in_words(settings: Settings, version: Version) -> str | None:
    """Return in one line what ``version`` changed and because of whom; None without a comparison.

    It is for the operator: the names are those of agencies, five at most.
    """
    if version.replaces is None or not any(extra.name == NAME for extra in version.extras):
        return None
    path = directory(settings, version.period, version.version) / f"{NAME}.parquet"
    with engine.connect(settings) as connection:
        found = connection.execute(
            "select table_name, caused_by, has_new_rules"
            f" from read_parquet({engine.literal(path)}) where is_total"
        ).fetchall()
    told = {json.dumps(cause): cause for _, text, _ in found for cause in json.loads(text)}
    datasets: dict[str, set[str]] = {}
    for cause in told.values():
        name = cause["agency_name"] or cause["agency_code"]
        datasets.setdefault(name, set()).add(cause["dataset"])
    causes_told = [f"{name} ({', '.join(sorted(sent))})" for name, sent in sorted(datasets.items())]
    if any(is_new for *_, is_new in found):
        causes_told.append("changed rules or reference files")
    return (
        f"Since version {version.replaces}: {len(found)} tables changed, because of "
        f"{some(causes_told) if causes_told else 'no submission'}"
    )


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: tuple[str, Path | None, Path | None],
    made: Lineage,
    found: list[Cause],
    versions: tuple[Version, Version],
) -> list[dict[str, Any]]:
    name, before, after = table
    previous, version = versions
    node = made.nodes.get(name)
    told = [cause.told() for cause in _concerning(made, node, found)]
    shared = {
        "period": version.period.first_day,
        "version": version.version,
        "previous_version": previous.version,
        "table_name": name,
        "caused_by_agencies": len({cause["agency_code"] for cause in told}),
        "caused_by": json.dumps(told, ensure_ascii=False),
        "has_new_rules": _has_new_rules(previous, version),
        "previous_as_of": previous.as_of,
        "as_of": version.as_of,
        "published_at": version.published_at,
    }
    keys = () if node is None else tuple(key for key in node.grain if key != "period")
    is_safe = node is not None and not node.restricted
    differences = table_diff.compare(connection, before, after, keys, with_measures=is_safe)
    return [shared | _row(item) for item in differences]


def _concerning(made: Lineage, node: Node | None, found: list[Cause]) -> list[Cause]:
    """Return what was submitted of the datasets from which a mart is computed."""
    if node is None:
        return []
    datasets = set(made.datasets(node.name))
    return [
        cause
        for cause in found
        if cause.submission.dataset in datasets
        and (node.counts_refused or not cause.submission.is_refused)
    ]


def _row(item: Difference) -> dict[str, Any]:
    before, after = item.value_before, item.value_after
    difference = None if before is None or after is None else round(after - before, _DECIMALS)
    largest = item.largest_change
    return {
        "measure": item.measure,
        "is_total": item.measure is None,
        "rows_before": item.rows_before,
        "rows_after": item.rows_after,
        "rows_added": item.rows_added,
        "rows_removed": item.rows_removed,
        "rows_changed": item.rows_changed,
        "value_before": before,
        "value_after": after,
        "difference": difference,
        "largest_change": None if largest is None else round(largest, _DECIMALS),
        "agencies_changed": len(item.agencies),
        "changed_agency_codes": json.dumps(item.agencies),
    }


def _has_new_rules(previous: Version, version: Version) -> bool | None:
    if not previous.rules_sha256 or not version.rules_sha256:
        return None
    return previous.rules_sha256 != version.rules_sha256


def _files(
    settings: Settings, previous: Version, version: Version, folder: Path
) -> Iterable[tuple[str, Path | None, Path | None]]:
    """Return name and both files of every mart whose bytes differ."""
    old = {mart.name: mart.sha256 for mart in previous.marts}
    new = {mart.name: mart.sha256 for mart in version.marts}
    archived = directory(settings, previous.period, previous.version)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield (
                name,
                archived / f"{name}.parquet" if name in old else None,
                folder / f"{name}.parquet" if name in new else None,
            )


def _agency_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    found = connection.execute("select agency_code, agency_name from core.dim_agency").fetchall()
    return dict(found)


def _write_table(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], path: Path
) -> None:
    connection.register("changes", pa.Table.from_pylist(rows, schema=schema()))
    connection.execute(
        f"copy (from changes order by table_name, measure nulls first) to {engine.literal(path)}"
        " (format parquet, compression zstd)"
    )
    connection.unregister("changes")
