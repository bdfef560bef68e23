"""The serving store: what BI tools and reports read, whatever engine computed it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import duckdb

from asn_warehouse import ops
from asn_warehouse.archive import MARTS, Mart, Version
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

Table = tuple[str, str]
"""Schema and name."""
Step = Callable[[str], None]
"""Told the name of each step when it is done."""


@dataclass(frozen=True)
class Content:
    """All that a store is to hold.

    ``tables`` has for each table, by schema and name, the versions of which it is made, the newest
    period first; ``published`` every version that was ever served and is archived; ``events`` all
    rows of ``ops.publication``.
    """

    tables: dict[Table, list[Version]]
    published: list[Version]
    events: list[ops.Row]

    def pieces(self) -> dict[tuple[Table, Period], tuple[Version, Mart]]:
        """Return each month of each table with the version it comes from."""
        return {
            (table, version.period): (version, mart_of(version, table))
            for table, versions in self.tables.items()
            for version in versions
        }


def mart_of(version: Version, table: Table) -> Mart:
    """Return what ``version`` has of a table."""
    return next(mart for mart in version.tables if (mart.schema, mart.name) == table)


def said_of(table: Table) -> str:
    """Return the name of a table, with its schema where that is not the one of the marts."""
    schema, name = table
    return name if schema == MARTS else f"{schema}.{name}"


class Store(Protocol):
    """A place from which published months are read."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to change the store; PublishConflict where somebody else has it."""

    def events(self) -> list[ops.Row] | None:
        """Return every publication and revert that the store knows; None where it knows none."""

    def audit(self) -> list[ops.Row]:
        """Return the copy of the audit that the store serves, in order; empty without one."""

    def holds(self, content: Content) -> bool:
        """Return whether the marts of ``content`` are served already."""

    def serve(self, content: Content, done: Step) -> None:
        """Serve ``content`` in place of what is served, all of it at once."""

    def tidy(self) -> None:
        """Remove what a killed publisher left, and what nobody is shown any more."""

    def refresh_ops(self, events: list[ops.Row]) -> None:
        """Bring schema ``ops`` up to date; nothing while nothing is served."""

    def read(
        self, period: Period | None = None
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open what is served for reading: tables of ``marts``, ``safe``, ``open`` and ``ops``.

        Tables that hold persons may be missing, and where ``period`` is given all months but that
        one and the one served before it.

        Raises:
            NotPublished: while nothing is served.
        """


def open_store(settings: Settings) -> Store:
    """Return the store of ``settings``: PostgreSQL where a DSN is given, else one file."""
    if settings.postgres_dsn is not None:
        from asn_warehouse.serving.postgres import PostgresStore

        return PostgresStore(settings)
    from asn_warehouse.serving.embedded import EmbeddedStore

    return EmbeddedStore(settings)
