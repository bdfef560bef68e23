"""Health of one Airflow process: exit code 0 when its heartbeat is fresh.

    python docker/health.py scheduler

Asks the API server, whose answer holds the heartbeat of every process; needs no Airflow import,
which would cost seconds of CPU at every check.
"""

import json
import os
import sys
import urllib.request

COMPONENTS = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}


def main() -> int:
    """Return 0 when the process named by the first argument is healthy, else 1."""
    address = os.environ.get("ASN_HEALTH_URL", "http://localhost:8080/api/v2/monitor/health")
    component = COMPONENTS[sys.argv[1]]
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  (own server)
            status = json.load(answer)[component]["status"]
    except (OSError, ValueError, KeyError):
        return 1
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main())
