"""Who stands behind a pseudonym, and which pseudonym a person has."""

import re
from dataclasses import dataclass
from datetime import date

from asn_warehouse import audit, following
from asn_warehouse.engines.duckdb import literal
from asn_warehouse.errors import UsageError
from asn_warehouse.settings import Settings
from asn_warehouse.switching import steady
from asn_warehouse.vault import chained, has_pseudonyms, other_key, private_engine, pseudonym_keys

_PSEUDONYM = re.compile(r"[0-9a-f]{64}")
_NIP = re.compile(r"\d{18}")
_NAME_LENGTH = 3


@dataclass(frozen=True)
class Identity:
    """What the vault knows of a pseudonym; for the operator's eyes only.

    ``seen`` are months and agencies whose roster had the person, the newest first.
    """

    person_key: str
    nip: str | None
    name: str | None
    born_on: date | None
    seen: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Person:
    """The person asked for: the pseudonym, the NIP where it is known, and what the vault knows."""

    key: str
    nip: str | None
    identity: Identity | None


def lookup(
    settings: Settings, reason: str, *, person_key: str | None = None, nip: str | None = None
) -> Identity | None:
    """Return who stands behind a pseudonym or an NIP; None where the vault knows nobody.

    The audit has its row before the answer is given, also where there is none.

    Raises:
        UsageError: when the reason does not do, or it is no pseudonym or NIP.
        ConfigurationError: when the key is not the one that the vault was filled with.
    """
    reason = audit.checked_reason(reason)
    with steady(settings):
        person = find(settings, person_key, nip)
    found = person.identity
    audit.record(
        settings,
        "lookup",
        subject=person.key,
        reason=without_name(reason, found),
        details=f"by {'NIP' if nip is not None else 'pseudonym'}, {'found' if found else 'nobody'}",
    )
    following.show_audit(settings)
    return found


def find(settings: Settings, person_key: str | None, nip: str | None) -> Person:
    """Return the person of a pseudonym or an NIP, known to the vault or not.

    Raises:
        UsageError: when it is no pseudonym or NIP, or nothing was admitted yet.
        ConfigurationError: when the key is not the one that the vault was filled with.
    """
    if not has_pseudonyms(settings):
        raise UsageError("The vault is empty: nothing was admitted yet.")
    keys = pseudonym_keys(settings)
    if nip is not None:
        nip = re.sub(r"\s", "", nip)
        if not _NIP.fullmatch(nip):
            raise UsageError("That is no NIP.", mend="An NIP has 18 digits.")
        person_key = chained(keys, nip)
    if person_key is None or not _PSEUDONYM.fullmatch(person_key):
        raise UsageError("That is no pseudonym.", mend="A person_key has 64 digits of 0-9a-f.")
    identity = _identity(settings, person_key)
    if identity is not None and chained(keys, str(identity.nip)) != person_key:
        raise other_key(settings)
    return Person(person_key, identity.nip if identity else nip, identity)


def _identity(settings: Settings, person_key: str) -> Identity | None:
    files = sorted((settings.vault / "identity").glob("*/period=*/[!.]*.parquet"))
    rows: set[tuple[str, str, str, str, date]] = set()
    with private_engine(settings) as connection:
        for path in files:
            found = connection.execute(
                "select agency_code::varchar, nip, nama, tanggal_lahir"
                f" from read_parquet({literal(path)}, hive_partitioning = false)"
                " where person_key = ?",
                [person_key],
            ).fetchall()
            rows |= {(path.parent.name.removeprefix("period="), *row) for row in found}
    if not rows:
        return None
    newest = sorted(rows, key=str, reverse=True)
    _, _, nip, name, born_on = newest[0]
    seen = dict.fromkeys((period, agency) for period, agency, *_ in newest)
    return Identity(person_key, nip, name, born_on, tuple(seen))


def without_name(reason: str, identity: Identity | None) -> str:
    """Return ``reason`` with every word of the person's name left out."""
    words = re.findall(r"\w+", (identity.name or "") if identity else "")
    long = [re.escape(word) for word in words if len(word) >= _NAME_LENGTH]
    return re.sub(rf"\b(?:{'|'.join(long)})\b", "…", reason, flags=re.I) if long else reason
