"""The environment in which Airflow runs over a home of the project.

    eval "$(python scripts/airflow_env.py var)"

Everything lies under ``<home>/airflow``; nothing is reported to anybody; no example DAGs.
"""

import os
import shlex
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


def airflow_environment(home: Path) -> dict[str, str]:
    """Return the variables for an Airflow that works on ``home``; an absolute path results."""
    home = home.resolve()
    airflow_home = home / "airflow"
    return {
        "ASN_HOME": str(home),
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_DIR / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Jakarta",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow_home / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def main() -> int:
    """Print the variables as shell exports."""
    home = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ASN_HOME", "var"))
    for name, value in airflow_environment(home).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
