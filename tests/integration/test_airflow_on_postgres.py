"""Airflow's metadata on a real PostgreSQL, as docker-compose.yml has it, by the locked drivers."""

import os
import subprocess
import sys
from pathlib import Path

AIRFLOW = Path(sys.executable).with_name("airflow")


def test_airflow_migrates_its_metadata_into_postgresql(postgres: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.replace(
            "postgresql:", "postgresql+psycopg2:"
        ),
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
