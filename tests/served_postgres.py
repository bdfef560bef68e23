"""What a PostgreSQL of the tests serves."""

from pathlib import Path

import psycopg
from candidates import settings_of

from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

OCTOBER = Period.parse("2026-10")

Rows = dict[str, list[tuple[object, ...]]]


def on_postgres(home: Path, dsn: str, **more: object) -> Settings:
    """Return settings whose serving store is the PostgreSQL under ``dsn``."""
    return settings_of(home, postgres_dsn=dsn, **more)


def rows_in(dsn: str) -> Rows:
    """Return every row of every mart that the server serves, sorted, its history apart."""
    with psycopg.connect(dsn) as connection:
        names = connection.execute(
            "select c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname = 'marts' and c.relkind = 'v' order by 1"
        ).fetchall()
        return {
            name: connection.execute(
                f'select * from marts."{name}" as t order by t.*'.encode()
            ).fetchall()
            for (name,) in names
        }


def versions_in(dsn: str) -> list[tuple[str, int, str]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select period, version, action from ops.publication order by number"
        ).fetchall()


def loads_in(dsn: str) -> tuple[int, int]:
    """Return how many tables of loads there are, and how many are shown."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select (select count(*) from pg_tables where schemaname = 'partitions'"
            " and tablename ~ '_[0-9]+$'), (select count(*) from partitions.shown)"
        ).fetchall()[0]
