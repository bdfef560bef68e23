"""Gives stored rows other pseudonyms: in the lake, the vault, the archive and the served marts."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from asn_warehouse import archive, audit, ops
from asn_warehouse.admission.storing import ROW_GROUP
from asn_warehouse.archive import Mart, Version
from asn_warehouse.contracts import datasets
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import ConservationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.switching import Switch
from asn_warehouse.vault import private_engine

Expression = Callable[[str], str]
"""From a quoted column of pseudonyms to the expression of those that take their place."""

Progress = Callable[[int, int, str], None]
_OPTIONS = {
    "lake": f", compression_level 1, parquet_version v2, row_group_size {ROW_GROUP}",
    "vault": "",
    "warehouse": f", compression_level {archive.LEVEL}",
}


def key_columns(settings: Settings) -> frozenset[str]:
    """Return the names of the columns that hold pseudonyms, wherever they stand."""
    columns = (c for dataset in datasets(settings).values() for c in dataset.columns)
    return frozenset(c.key_name for c in columns if c.key_name is not None)


def keyed_files(settings: Settings) -> dict[Path, list[str]]:
    """Return the Parquet files of the home that hold pseudonyms, with the columns that do.

    Files of the lake, identities of the vault and archived marts, in order; whether a batch is
    committed makes no difference.
    """
    names = key_columns(settings)
    found = {}
    for path in _parquet_files(settings):
        columns = [name for name in pq.read_schema(path).names if name in names]
        if columns:
            found[path] = columns
    return found


def _parquet_files(settings: Settings) -> Iterator[Path]:
    yield from sorted(settings.lake.glob("*/period=*/[!.]*.parquet"))
    yield from sorted((settings.vault / "identity").glob("*/period=*/[!.]*.parquet"))
    yield from sorted((settings.warehouse / "publications").glob("*/v*/[!.]*.parquet"))


def rekey(
    settings: Settings,
    switch: Switch,
    chosen: dict[Path, list[str]],
    expression: Expression,
    progress: Progress | None = None,
    gone: str = "",
) -> dict[str, int]:
    """Stage ``chosen`` files, and what depends on them, with other pseudonyms; nothing counts yet.

    Candidates go, and the tables of those that Spark computed: they are computed again.

    Args:
        settings: where things live.
        switch: takes the staged files.
        chosen: of ``keyed_files``.
        expression: how a pseudonym becomes another.
        progress: told how many files are done, of how many, and the place.
        gone: a condition on rows of the vault that are left out, if any.

    Returns:
        Rows that each place holds afterwards: lake, vault, archive.

    Raises:
        ConservationError: when a staged file has not as many rows as it should.
    """
    rows = {"lake": 0, "vault": 0, "archive": 0}
    changed: dict[Path, dict[str, str]] = {}
    with private_engine(settings) as connection:
        for done, (path, columns) in enumerate(chosen.items()):
            place = path.relative_to(settings.home).parts[0]
            if progress is not None:
                progress(done, len(chosen), place)
            where = gone if place == "vault" else ""
            with switch.staging(path) as staged:
                kept = _rewrite(connection, path, staged, columns, expression, place, where)
            rows["archive" if place == "warehouse" else place] += kept
            if place == "warehouse":
                changed.setdefault(path.parent, {})[path.stem] = archive.file_sha256(staged)
        versions = [_record_version(settings, switch, *item) for item in changed.items()]
        if versions and settings.marts_database.exists():
            _rekey_served(connection, settings, switch, expression, versions)
    switch.remove(settings.warehouse / "build")
    for candidate in settings.spark_tables.glob("build_*"):
        shutil.rmtree(candidate)
    return rows


def _rewrite(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    staged: Path,
    columns: list[str],
    expression: Expression,
    place: str,
    gone: str,
) -> int:
    """Write ``path`` anew as ``staged``; archived marts stay sorted, others in their order."""
    changes = ", ".join(f"{expression(identifier(name))} as {identifier(name)}" for name in columns)
    source = f"read_parquet({literal(path)}, hive_partitioning = false)"
    where = f" where not coalesce({gone}, false)" if gone else ""
    order = " order by all" if place == "warehouse" else ""
    query = f"select * replace ({changes}) from {source}{where}"
    required = [field.name for field in pq.read_schema(path) if not field.nullable]
    if {*required} & {*columns}:
        query = _requiring(connection, query, required)
    (kept,) = connection.execute(
        f"copy ({query}{order}) to {literal(staged)}"
        f" (format parquet, compression zstd{_OPTIONS[place]})"
    ).fetchall()[0]
    (expected,) = connection.execute(f"select count(*) from {source}{where}").fetchall()[0]
    if kept != expected:
        raise ConservationError(f"{path.name}: {kept} rows were staged of {expected}.")
    return int(kept)


def _requiring(connection: duckdb.DuckDBPyConnection, query: str, required: Sequence[str]) -> str:
    """Return a query with the same rows whose ``required`` columns the engine knows to be filled.

    An expression may be null for all that it knows, and the file would say so, with other bytes.
    """
    connection.execute(f"create or replace temp table rekeyed as from ({query}) limit 0")
    for name in required:
        connection.execute(f"alter table rekeyed alter column {identifier(name)} set not null")
    connection.execute(f"insert into rekeyed {query}")
    return "from rekeyed"


def _record_version(
    settings: Settings, switch: Switch, folder: Path, digests: dict[str, str]
) -> Version:
    """Stage the record of an archived version whose files change; its number stays."""
    period, number = Period.parse(folder.parent.name), int(folder.name.removeprefix("v"))
    version = archive.load(settings, period, number)
    marts = tuple(_renewed(mart, digests) for mart in version.marts)
    version = replace(
        version,
        marts=marts,
        extras=tuple(_renewed(mart, digests) for mart in version.extras),
        content_sha256=archive.content_sha256(marts),
    )
    with switch.staging(folder / "publication.json") as staged:
        staged.write_text(version.to_json(), encoding="utf-8")
    return version


def _renewed(mart: Mart, digests: dict[str, str]) -> Mart:
    return replace(mart, sha256=digests.get(mart.name, mart.sha256))


def _rekey_served(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    switch: Switch,
    expression: Expression,
    versions: list[Version],
) -> None:
    """Stage the served database: months first to last as a publication would put them."""
    with switch.staging(settings.marts_database) as staged:
        connection.execute(f"attach {literal(settings.marts_database)} as old (read_only)")
        connection.execute(f"attach {literal(staged)} as new")
        connection.execute("copy from database old to new")
        keys = key_columns(settings)
        for table, columns in _served_tables(connection, keys).items():
            name = f"new.main.{identifier(table)}"
            changes = ", ".join(
                f"{expression(identifier(c))} as {identifier(c)}" for c in columns if c in keys
            )
            order = ", ".join(identifier(c) for c in columns)
            connection.execute(
                f"create or replace table {name} as select * replace ({changes})"
                f" from old.main.{identifier(table)} order by period desc, {order}"
            )
        _add_events(connection, settings, switch.kind, versions)
        connection.execute("checkpoint new")
        connection.execute("detach old")
        connection.execute("detach new")


def _served_tables(
    connection: duckdb.DuckDBPyConnection, keys: frozenset[str]
) -> dict[str, list[str]]:
    """Return the columns, in order, of the served tables that hold pseudonyms."""
    tables: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns()"
        " where database_name = 'old' and schema_name = 'main' order by table_name, column_index"
    ).fetchall():
        tables.setdefault(table, []).append(column)
    return {table: columns for table, columns in tables.items() if keys & {*columns}}


def _add_events(
    connection: duckdb.DuckDBPyConnection, settings: Settings, kind: str, versions: list[Version]
) -> None:
    """Add an event for each served version whose content changed: the same version, a new digest.

    The next publisher takes it from here into the journal, as it does after one that was killed.
    """
    connection.execute("alter table new.ops.publication add column if not exists actor varchar")
    served = connection.execute(
        "select period, arg_max(version, number), max(max(number)) over () from old.ops.publication"
        " group by period order by period"
    ).fetchall()
    known = {(str(version.period), version.version): version for version in versions}
    number = max((row[2] for row in served), default=0)
    for period, current, _ in served:
        version = known.get((period, current))
        if version is None:
            continue
        number += 1
        event = {
            "number": number,
            "period": period,
            "version": current,
            "action": kind,
            "build_id": version.build_id,
            "published_at": version.published_at,
            "as_of": version.as_of,
            "content_sha256": version.content_sha256,
            "rows": version.rows,
            "replaces": version.replaces,
            "actor": audit.actor(settings),
            "recorded_at": ops.now(),
        }
        names = ", ".join(identifier(name) for name in event)
        places = ", ".join("?" * len(event))
        connection.execute(
            f"insert into new.ops.publication ({names}) values ({places})", list(event.values())
        )
