"""Periods are months of this century and count over the turn of the year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period

MONTHS = st.builds(Period, st.integers(2000, 2099), st.integers(1, 12))


@given(MONTHS)
def test_a_period_reads_back_as_written(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert Period.of(period.first_day) == Period.of(period.last_day) == period


@given(MONTHS, st.integers(-600, 600))
def test_months_there_and_back_again(period: Period, months: int) -> None:
    assert period.next(months).previous(months) == period
    assert (period.next(months) > period) == (months > 0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-00",
        "2026-1",
        "202610",
        "10-2026",
        "Oktober 2026",
        "1999-12",
        "",
        "2026-10-01",
    ],
)
def test_what_is_no_month_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a month\. Write YYYY-MM, for example 2026-10\."):
        Period.parse(text)


def test_the_last_day_knows_leap_years_and_the_turn_of_the_year() -> None:
    assert Period.parse("2028-02").last_day == date(2028, 2, 29)
    assert Period.parse("2026-12").last_day == date(2026, 12, 31)
    assert str(Period.parse("2026-01").previous()) == "2025-12"
    assert str(Period.parse(" 2026-12 ").next(2)) == "2027-02"
