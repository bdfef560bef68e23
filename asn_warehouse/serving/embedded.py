"""The served file: ``warehouse/marts.duckdb``, built anew and swapped in by one rename.

DuckDB takes the name of a file, ``marts``, for its catalog, so the tables lie in its schema
``main``: whoever opens it writes ``marts.<table>``. Protected tables lie in schemas of their own.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from asn_warehouse import archive, changes, ops
from asn_warehouse.archive import Version
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import NotPublished, PublishConflict
from asn_warehouse.files import sync
from asn_warehouse.periods import Period
from asn_warehouse.serving import Content, Step, Table, mart_of, said_of
from asn_warehouse.settings import Settings

_SCHEMAS = {archive.MARTS: "main"}


class EmbeddedStore:
    """The store of one machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.marts_database

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold nothing: the lock of the home suffices."""
        yield

    def events(self) -> list[ops.Row] | None:
        """Return ``ops.publication`` of the served file; None while there is no file."""
        return self._rows("publication") if self._path.exists() else None

    def audit(self) -> list[ops.Row]:
        """Return ``ops.audit`` of the served file."""
        return self._rows("audit") if self._path.exists() else []

    def _rows(self, table: str) -> list[ops.Row]:
        with engine.connect(self._settings) as connection:
            # Attached, not opened by name: that would give the file as it was to a process that
            # still has it open from before a rename.
            connection.execute(f"attach {engine.literal(self._path)} as served (read_only)")
            if not connection.execute(
                "select 1 from duckdb_tables() where database_name = 'served'"
                " and schema_name = 'ops' and table_name = ?",
                [table],
            ).fetchall():
                return []
            found = connection.execute(f"from served.ops.{table} order by number")
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]

    def holds(self, content: Content) -> bool:
        """Return whether there is a file: it is swapped as a whole, with all its months."""
        return self._path.exists()

    def serve(self, content: Content, done: Step) -> None:
        """Build the file anew from the archive and swap it in."""
        candidate = self._candidate()
        with engine.connect(self._settings, candidate) as connection:
            for schema in (archive.SAFE, archive.OPEN):
                connection.execute(f"create schema {schema}")
            for table, versions in content.tables.items():
                _load(connection, self._settings, table, versions)
                done(f"loaded {said_of(table)}")
            changes.load(connection, self._settings, content.published)
            _write_ops(connection, self._settings, content.events)
            connection.execute("checkpoint")
        done("built")
        self._replace(candidate, done)

    def tidy(self) -> None:
        """Remove the copies that were never swapped in."""
        for stale in self._settings.warehouse.glob(".marts-*"):
            stale.unlink(missing_ok=True)

    def refresh_ops(self, events: list[ops.Row]) -> None:
        """Swap in a copy of the file whose schema ``ops`` is up to date."""
        if not self._path.exists():
            return
        candidate = self._candidate()
        shutil.copyfile(self._path, candidate)
        with engine.connect(self._settings, candidate) as connection:
            _write_ops(connection, self._settings, events)
        self._replace(candidate, lambda _: None)

    @contextmanager
    def read(self, period: Period | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Attach the file, with all its months, under the name that everybody gives it."""
        if not self._path.exists():
            raise NotPublished("Nothing is published.", mend="`asn run` publishes a month.")
        with engine.connect(self._settings) as connection:
            place = engine.literal(self._path)
            connection.execute(f"attach {place} as marts (read_only); use marts")
            yield connection

    def _candidate(self) -> Path:
        self.tidy()
        return self._settings.warehouse / f".marts-{uuid.uuid4().hex}.duckdb"

    def _replace(self, candidate: Path, done: Step) -> None:
        sync(candidate)
        done("synced")
        candidate.replace(self._path)
        sync(self._settings.warehouse)
        done("swapped")


def _load(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: Table,
    versions: list[Version],
) -> None:
    schema, name = table
    pieces = [(item.period, item, mart_of(item, table)) for item in versions]
    files = [archive.path_of(settings, item, mart) for _, item, mart in pieces]
    place = f"{_SCHEMAS.get(schema, schema)}.{engine.identifier(name)}"
    connection.execute(
        f"create table {place} as"
        f" from read_parquet({engine.path_list(files)}, union_by_name = true)"
    )
    found = dict(
        connection.execute(f"select period, count(*) from {place} group by period").fetchall()
    )
    for period, _, mart in pieces:
        if found.pop(period.first_day, 0) != mart.rows:
            raise PublishConflict(
                f"{schema}.{name} of {period} does not have its {mart.rows} rows."
            )
    if found:
        raise PublishConflict(
            f"{schema}.{name} holds months that are not published: {list(found)}."
        )


def _write_ops(
    connection: duckdb.DuckDBPyConnection, settings: Settings, events: list[ops.Row]
) -> None:
    ops.materialise(connection, settings)
    ops.write_table(connection, "publication", events)


def _plain(value: object) -> object:
    return ops.stamp(value) if isinstance(value, datetime) else value
