"""Numbers and dates as Indonesian readers write them (``id_ID``)."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from asn_warehouse.periods import Period

LOCALE = "id_ID"
NOT_REPORTED = "–"
SUPPRESSED = "*"
MINUS = "−"

_PATTERNS = {
    "integer": "#,##0",
    "decimal1": "#,##0.0",
    "decimal2": "#,##0.00",
    "score": "#,##0.0",
    "money": "#,##0",
}
_DIGITS = {"integer": 0, "decimal1": 1, "decimal2": 2, "score": 1, "money": 0, "share": 1}


def number(value: Any, kind: str) -> str:
    """Return ``value`` as text: kinds integer, decimal1, decimal2, score, money, share (0–1).

    Rounding is half up, as in the warehouse; a value that rounds to zero carries no sign.
    """
    text = _text(_rounded(value, kind), kind)
    return f"{text}%" if kind == "share" else text


def _rounded(value: Any, kind: str) -> Decimal:
    exact = Decimal(str(value)) * (100 if kind == "share" else 1)
    rounded = exact.quantize(Decimal(1).scaleb(-_DIGITS[kind]), rounding=ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def _text(rounded: Decimal, kind: str) -> str:
    pattern = _PATTERNS.get(kind, "#,##0.0")
    return str(format_decimal(rounded, format=pattern, locale=LOCALE)).replace("-", MINUS)


def difference(now: Any, before: Any, kind: str) -> str:
    """Return the change between two numbers as printed; a share changes by percentage points."""
    change = _rounded(now, kind) - _rounded(before, kind)
    text = _text(change if change else abs(change), kind)
    if change > 0:
        text = f"+{text}"
    return f"{text} poin persen" if kind == "share" else text


def day(value: date | datetime) -> str:
    """Return a date in words, such as 31 Oktober 2026."""
    return str(format_date(value, format="d MMMM yyyy", locale=LOCALE))


def local(value: datetime) -> datetime:
    """Return a UTC moment in Western Indonesian time."""
    return value.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta"))


def moment(value: datetime) -> str:
    """Return a UTC moment in words, in Western Indonesian time."""
    found = local(value)
    return f"{day(found)} pukul {found:%H.%M} WIB"


def month(period: Period) -> str:
    """Return a period in words, such as Oktober 2026."""
    return str(format_date(period.first_day, format="MMMM yyyy", locale=LOCALE))


def short_month(period: Period) -> str:
    """Return a period in short, such as Okt 2026."""
    return str(format_date(period.first_day, format="MMM yyyy", locale=LOCALE))


def value(raw: Any, kind: str) -> str:
    """Return any raw value as text; null is *not reported*."""
    if raw is None:
        return NOT_REPORTED
    if kind in _DIGITS:
        return number(raw, kind)
    if isinstance(raw, date):
        return day(raw)
    if isinstance(raw, bool):
        return "Ya" if raw else "Tidak"
    return str(raw)
