"""The command line ``asn``: the same functions that the DAGs call."""

import errno
import os
import sys
from typing import NoReturn

from rich.console import Console

from asn_warehouse.cli import (
    agencies,
    audit,
    cluster,
    explain,
    replay,
    reports,
    server,
    status,
    submissions,
    vault,
    warehouse,
)
from asn_warehouse.cli.common import app
from asn_warehouse.errors import AsnError, UsageError

__all__ = [
    "agencies",
    "app",
    "audit",
    "cluster",
    "explain",
    "main",
    "replay",
    "reports",
    "server",
    "status",
    "submissions",
    "vault",
    "warehouse",
]


def main() -> NoReturn:
    """Run ``asn``; exit code 0 done, 1 failed, 2 wrong use, 3 done with refusals or rejects."""
    code = 0
    try:
        app()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except AsnError as error:
        _say(str(error))
        code = 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _say(f"{error}. Make room, then run the same command again (docs/runbooks/disk-full.md).")
        code = 1
    _leave(code)


def _say(message: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"asn: {message}", markup=False)


def _leave(code: int) -> NoReturn:
    """End the process; what its taking down prints is not for the reader.

    A process in which Great Expectations has met DuckDB ends with pages of leak warnings of
    DuckDB's binding, written by C++ past Python's own streams.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    sys.exit(code)
