"""A real PostgreSQL for tests: the one that is named, else the installed one, else the wheel's.

``ASN_TEST_POSTGRES_DSN`` names one; ``ASN_TEST_POSTGRES=wheel`` passes over the installed one.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from asn_warehouse.serving.temporary import UNHURRIED, running
from asn_warehouse.serving.temporary import programs as programs_of

OF_WHEEL = os.environ.get("ASN_TEST_POSTGRES") == "wheel"


@dataclass(frozen=True)
class Server:
    """A running server: ``dsn`` is of a superuser, in the database that was there first."""

    dsn: str

    def database(self, name: str) -> str:
        """Return the DSN of the database called ``name``."""
        return urlunsplit(urlsplit(self.dsn)._replace(path=f"/{quote(name)}"))

    def as_user(self, user: str, password: str | None = None) -> "Server":
        """Return the server as ``user`` sees it; a server of the tests' own asks no password."""
        parts = urlsplit(self.dsn)
        login = quote(user) + (f":{quote(password)}" if password is not None else "")
        place = parts.netloc.rpartition("@")[2]
        return replace(self, dsn=urlunsplit(parts._replace(netloc=f"{login}@{place}")))

    def empty_database(self) -> AbstractContextManager[str]:
        """Yield the DSN of a new empty database, which is dropped with all that uses it."""
        return self._database("template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")

    def copy_of(self, dsn: str) -> AbstractContextManager[str]:
        """Yield the DSN of a copy of a database that nobody is connected to."""
        return self._database(f'template "{unquote(urlsplit(dsn).path[1:])}"')

    @contextmanager
    def _database(self, how: str) -> Iterator[str]:
        name = f"asn_test_{uuid4().hex[:16]}"
        self._execute(f"create database {name} {how}")
        try:
            yield self.database(name)
        finally:
            self._execute(f"drop database if exists {name} with (force)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server(
    settings: tuple[str, ...] = (*UNHURRIED, "max_connections=60"),
) -> Iterator[Server]:
    """Yield the server that ``ASN_TEST_POSTGRES_DSN`` names, else one that ends with the block."""
    if named := os.environ.get("ASN_TEST_POSTGRES_DSN"):
        yield Server(named)
        return
    with running(settings, asks_password=False, passes_over_installed=OF_WHEEL) as dsn:
        yield Server(dsn)


def programs() -> Path:
    """Return the folder of pg_dump and psql."""
    return programs_of(passes_over_installed=OF_WHEEL)


def dumped(dsn: str) -> str:
    """Return a whole database as ``pg_dump`` writes it."""
    command = [programs() / "pg_dump", dsn]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
