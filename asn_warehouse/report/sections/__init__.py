"""The sections of the national report, one module each, in reading order."""

from collections.abc import Sequence

from asn_warehouse.report.context import Context
from asn_warehouse.report.model import Section
from asn_warehouse.report.sections import (
    agencies,
    career,
    city,
    coverage,
    exchange,
    fit,
    gap,
    learning,
    need,
    notes,
    professionalism,
    program,
    quality,
    revision,
    satisfaction,
    submission,
    talent,
    target,
    trend,
    workforce,
)

_ORDER = (
    submission,
    gap,
    coverage,
    fit,
    need,
    learning,
    program,
    exchange,
    talent,
    career,
    professionalism,
    satisfaction,
    target,
    workforce,
    agencies,
    city,
    quality,
    revision,
    notes,
)


def sections(context: Context, earlier: Sequence[Context] = ()) -> tuple[Section, ...]:
    """Return every section that has something to say.

    ``earlier`` are the published months before that of ``context``, the latest first.
    """
    found = (module.section(context) for module in _ORDER)
    said = [section for section in found if section is not None]
    return (trend.section([context, *earlier]), *said)
