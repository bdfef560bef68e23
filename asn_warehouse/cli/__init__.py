"""The command line ``asn``: the same functions that the DAGs call."""

import sys

from rich.console import Console

from asn_warehouse.cli import submissions, warehouse
from asn_warehouse.cli.common import app
from asn_warehouse.errors import AsnError, UsageError

__all__ = ["app", "main", "submissions", "warehouse"]


def main() -> None:
    """Run ``asn``; exit code 0 done, 1 failed, 2 wrong use, 3 done with refusals or rejects."""
    try:
        app()
    except AsnError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"asn: {error}", markup=False)
        sys.exit(2 if isinstance(error, UsageError) else 1)
