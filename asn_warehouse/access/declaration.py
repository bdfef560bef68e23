"""Roles, and who owns and reads each schema: the one place where access is declared.

What is not named here is denied. A table that has ``agency_code`` shows rows only by a policy, to
its owner as well; a view reads with the rights of whoever asks it.

An agency signs in as ``asn_agency_<code>``. Its policy reads the code from the name of the role
that acts, which nobody but an administrator can give: no setting that a reader may change counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from asn_warehouse.errors import UsageError
from asn_warehouse.serving import session

LOADER, BUILDER, PUBLISHER = "asn_loader", "asn_builder", session.PUBLISHER
ANALYST, BI, AGENCY = "asn_analyst", "asn_bi", "asn_agency"

ROLES = {
    LOADER: "Copies admitted rows into schema lake.",
    BUILDER: "Computes candidates in schemas build_*.",
    PUBLISHER: "Owns what is served and replaces it.",
    ANALYST: "Reads every mart, persons by pseudonym included.",
    BI: "Reads safe marts: no persons, no small counts.",
    AGENCY: "What every agency's login may: its own rows.",
}
WORKERS = (LOADER, BUILDER, PUBLISHER)


class Rows(StrEnum):
    """Which rows of a table that has ``agency_code`` a reader sees: the policy's condition."""

    ALL = "true"
    # Asked once for a statement, not for each row; and with the collation of the column, for
    # current_user brings that of names, with which no index on agency_code could be used.
    OWN = (
        f"agency_code = (select substring(current_user::text from '^{AGENCY}_(.+)$')"
        ' collate "default")'
    )
    OWN_AND_TOTALS = f"agency_code is null or {OWN}"


@dataclass(frozen=True)
class Reader:
    """A role that reads a table: which rows, and which columns where not all.

    ``without_agency`` says whether it also reads a table that has no ``agency_code``.
    """

    role: str
    rows: Rows = Rows.ALL
    columns: tuple[str, ...] = ()
    without_agency: bool = True


@dataclass(frozen=True)
class Schema:
    """A kind of schema: its owner, and who reads its tables and views.

    ``tables`` names those that others read than ``readers``, ``append_only`` those that not even
    the owner changes. Where ``only_behind_views``, readers may name nothing in it: they read it
    through views of other schemas.
    """

    owner: str
    readers: tuple[Reader, ...] = ()
    tables: Mapping[str, tuple[Reader, ...]] = field(default_factory=dict)
    append_only: tuple[str, ...] = ()
    only_behind_views: bool = False

    def readers_of(self, table: str) -> tuple[Reader, ...]:
        """Return who reads ``table``."""
        return self.tables.get(table, self.readers)

    @property
    def users(self) -> list[str]:
        """Roles that may name what is in it."""
        if self.only_behind_views:
            return []
        listed = (self.readers, *self.tables.values())
        return sorted({reader.role for readers in listed for reader in readers})


_PUBLICATIONS = ("number", "period", "version", "action", "published_at", "as_of", "replaces")
"""Columns of ops.publication for all readers: no digests, no counts of rows, no names."""

_EVERY_ANALYST = (Reader(ANALYST),)
_OF_MARTS = (Reader(ANALYST), Reader(AGENCY, Rows.OWN, without_agency=False))
_OF_SAFE = (Reader(ANALYST), Reader(BI), Reader(AGENCY, Rows.OWN_AND_TOTALS))
SCHEMAS = {
    "lake": Schema(LOADER, (Reader(BUILDER),)),
    "build": Schema(BUILDER),
    "marts": Schema(PUBLISHER, _OF_MARTS),
    "safe": Schema(PUBLISHER, _OF_SAFE),
    "open": Schema(PUBLISHER, _EVERY_ANALYST),
    "stored_marts": Schema(PUBLISHER, _OF_MARTS, only_behind_views=True),
    "stored_safe": Schema(PUBLISHER, _OF_SAFE, only_behind_views=True),
    "stored_open": Schema(PUBLISHER, _EVERY_ANALYST, only_behind_views=True),
    "partitions": Schema(
        PUBLISHER,
        tables={"shown": (Reader(ANALYST), Reader(BI), Reader(AGENCY))},
        only_behind_views=True,
    ),
    "ops": Schema(
        PUBLISHER,
        tables={
            "publication": (
                Reader(ANALYST),
                Reader(BI, columns=_PUBLICATIONS),
                Reader(AGENCY, columns=_PUBLICATIONS),
            ),
            "submission": (Reader(ANALYST), Reader(AGENCY, Rows.OWN, without_agency=False)),
            "served": _EVERY_ANALYST,
            "build": _EVERY_ANALYST,
            "gate": _EVERY_ANALYST,
            "report": _EVERY_ANALYST,
            "audit": (),
        },
        append_only=("audit",),
    ),
}
"""By kind of schema; all schemas of candidates are of the kind ``build``."""

MADE = tuple(kind for kind in SCHEMAS if kind != "build")
"""Schemas that ``asn grant`` makes; a build makes those of its candidate."""

CANDIDATES = r"^build_([a-z]+_)*\d{4}_\d{2}(_|$)"
"""Names of the schemas of candidates, for Python and PostgreSQL."""

_IN_DATABASE = {
    **{role: {"CONNECT"} for role in ROLES},
    LOADER: {"CONNECT", "TEMPORARY"},
    BUILDER: {"CONNECT", "TEMPORARY", "CREATE"},
    PUBLISHER: {"CONNECT", "TEMPORARY"},
}


def in_database() -> dict[str, set[str]]:
    """Return what each role may do in the database itself; PUBLIC may nothing."""
    return {"public": set(), **{role: set(found) for role, found in _IN_DATABASE.items()}}


def kind_of(schema: str) -> str | None:
    """Return the kind of a schema, a key of ``SCHEMAS``; None for one that is not the project's."""
    if re.match(CANDIDATES, schema):
        return "build"
    return schema if schema in MADE else None


def agency_role(code: str) -> str:
    """Return the login of an agency.

    Raises:
        UsageError: when the code cannot be part of a role's name.
    """
    if not code.isascii() or not code.isalnum() or len(code) > 40:
        raise UsageError(f"{code!r} is no agency code.")
    return f"{AGENCY}_{code}"
