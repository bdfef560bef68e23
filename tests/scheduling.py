"""Which files of tests run in the same process: those that share what takes long to make."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadFileScheduling

SHARED = re.compile(r"\b(month|again|later|month_on_postgres): (Month|Recomputed|Computed)\b")
"""A fixture of the whole session, made anew in each process, as a test asks for it."""


@cache
def shares_a_month(path: Path) -> bool:
    """Return whether tests of a file ask for the month that has run."""
    return SHARED.search(path.read_text("utf-8")) is not None


class MonthInOneProcess(LoadFileScheduling):  # type: ignore[misc]
    """Files go to whoever is free, those that share a month all to one process."""

    def _split_scope(self, nodeid: str) -> Any:
        file = super()._split_scope(nodeid)
        return "the month" if shares_a_month(Path(self.config.rootpath) / file) else file
