"""The sections of the national report, one module each, in reading order."""

from asn_warehouse.report.context import Context
from asn_warehouse.report.model import Section
from asn_warehouse.report.sections import (
    agencies,
    city,
    fit,
    gap,
    learning,
    notes,
    program,
    quality,
    submission,
    talent,
)

_ORDER = (submission, gap, fit, learning, program, talent, agencies, city, quality, notes)


def sections(context: Context) -> tuple[Section, ...]:
    """Return every section that has something to say."""
    found = (module.section(context) for module in _ORDER)
    return tuple(section for section in found if section is not None)
