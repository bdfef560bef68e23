"""The month that a submission describes."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from asn_warehouse.errors import UsageError

_PATTERN = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, written ``YYYY-MM``."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the period that ``text`` names.

        Raises:
            UsageError: when ``text`` is not a month of this century written ``YYYY-MM``.
        """
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise UsageError(
                f"Period {text!r} is not a month.", mend="Write YYYY-MM, for example 2026-10."
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the period that holds ``day``."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month."""
        return self.next().first_day - timedelta(days=1)

    def next(self, months: int = 1) -> "Period":
        """Return the period ``months`` later."""
        index = self.year * 12 + self.month - 1 + months
        return Period(index // 12, index % 12 + 1)

    def previous(self, months: int = 1) -> "Period":
        """Return the period ``months`` earlier."""
        return self.next(-months)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
