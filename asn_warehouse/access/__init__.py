"""Who may do what in the shared PostgreSQL.

``declaration`` says it, and is the one place to review; ``state`` reads what a server has;
``applying`` makes the second the first, and changes only what differs.
"""

from asn_warehouse.access.applying import Change, apply, assert_nothing_leaks, protect
from asn_warehouse.access.declaration import (
    AGENCY,
    ANALYST,
    BI,
    BUILDER,
    LOADER,
    PUBLISHER,
    ROLES,
    SCHEMAS,
    agency_role,
)
from asn_warehouse.access.state import unprotected

__all__ = [
    "AGENCY",
    "ANALYST",
    "BI",
    "BUILDER",
    "LOADER",
    "PUBLISHER",
    "ROLES",
    "SCHEMAS",
    "Change",
    "agency_role",
    "apply",
    "assert_nothing_leaks",
    "protect",
    "unprotected",
]
