"""Every public mart of a month computed once more in pandas, from the lake and reference files."""

from collections.abc import Callable

import pandas as pd

from recompute import (
    careers,
    competency,
    kpi,
    learning,
    needs,
    professionalism,
    programs,
    satisfaction,
    submissions,
    succession,
    talent,
    workforce,
)
from recompute.base import Recomputed
from recompute.frames import differences

Again = Callable[[Recomputed], pd.DataFrame]

MARTS: dict[str, tuple[list[str], Again]] = {
    **competency.MARTS,
    **learning.MARTS,
    **programs.MARTS,
    **needs.MARTS,
    **talent.MARTS,
    **succession.MARTS,
    **careers.MARTS,
    **professionalism.MARTS,
    **satisfaction.MARTS,
    **kpi.MARTS,
    **workforce.MARTS,
    **submissions.MARTS,
}
"""Of each mart the columns that identify a row, and how its rows are computed again."""

__all__ = ["MARTS", "Recomputed", "differences"]
