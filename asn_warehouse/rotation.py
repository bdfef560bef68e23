"""Rotation: all pseudonyms under a new key, without a file being submitted again."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from asn_warehouse import audit, following
from asn_warehouse.engines.duckdb import literal
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.rekeying import Progress, keyed_files, rekey
from asn_warehouse.settings import Settings
from asn_warehouse.switching import Step, Switch, alone, switching
from asn_warehouse.vault import (
    KEY_BYTES,
    chained_sql,
    check_value,
    earlier_keys,
    ensure_private,
    key_check,
    private_engine,
    pseudonym_keys,
    pseudonym_sql,
    sealed,
)

KIND = "rotate"


@dataclass(frozen=True)
class Rotation:
    """What a rotation changed: files, rows by place, identities whose pseudonym was verified."""

    files: int
    lake_rows: int
    vault_rows: int
    archive_rows: int
    verified: int
    was_interrupted: bool = False


def rotate(
    settings: Settings, reason: str, progress: Progress | None = None, step: Step | None = None
) -> Rotation:
    """Give every stored pseudonym its successor under a new key.

    The new key is the setting ``new_pseudonym_key``; a key that the vault keeps needs none and gets
    a random one. Killed at any point, all stays as it was or the rotation is finished by the next
    command; called again after that, it says what was done and does not rotate twice.

    Args:
        settings: where things live.
        reason: why, for the audit.
        progress: told how many files are done, of how many, and the place.
        step: told the name of each step when it is done.

    Raises:
        UsageError: when the reason does not do, or the new key is missing or the present one.
        ConfigurationError: when a key is too short, or the present one is not that of the rows.
        PublishConflict: when files are being admitted or a month is being published.
        AsnError: when PostgreSQL could not follow; the home has the new key.
    """
    reason = audit.checked_reason(reason)
    following.assert_reachable(settings)
    done = _rotate(settings, reason, progress, step)
    following.follow(settings)
    return done


def _rotate(
    settings: Settings, reason: str, progress: Progress | None, step: Step | None
) -> Rotation:
    with alone(settings) as settled:
        if settled is not None and settled.kind == KIND:
            return Rotation(**settled.result)
        ensure_private(settings.vault)
        keys = pseudonym_keys(settings)
        new = _new_key(settings, keys)
        with switching(settings, KIND, step) as switch:
            chosen = keyed_files(settings)
            rows = rekey(settings, switch, chosen, lambda c: pseudonym_sql(new, c), progress)
            verified = _verified(settings, switch, chosen, (*keys, new))
            _stage_keys(settings, switch, keys, new)
            done = Rotation(len(chosen), rows["lake"], rows["vault"], rows["archive"], verified)
            switch.result = asdict(done) | {"was_interrupted": True}
            switch.audit = {
                "who": audit.actor(settings),
                "reason": reason,
                "details": f"{done.files} files, {done.lake_rows} rows of the lake",
            }
            switch.commit()
    return done


def _new_key(settings: Settings, keys: tuple[bytes, ...]) -> bytes:
    if settings.new_pseudonym_key is not None:
        new = settings.new_pseudonym_key.get_secret_value().encode()
    elif settings.pseudonym_key is None:
        new = secrets.token_hex(KEY_BYTES).encode()
    else:
        raise UsageError(
            "The key is in ASN_PSEUDONYM_KEY, so the new one must be given.",
            mend="Set ASN_NEW_PSEUDONYM_KEY; after the rotation it is ASN_PSEUDONYM_KEY.",
        )
    if len(new) < KEY_BYTES:
        raise UsageError(
            "The new key of the pseudonyms is too short.",
            mend=f"Give ASN_NEW_PSEUDONYM_KEY at least {KEY_BYTES} random characters.",
        )
    if new in keys:
        raise UsageError(
            "The new key has been in use already.", mend="Give ASN_NEW_PSEUDONYM_KEY another."
        )
    return new


def _verified(
    settings: Settings, switch: Switch, chosen: dict[Path, list[str]], keys: tuple[bytes, ...]
) -> int:
    """Return how many staged identities have the pseudonym that admission would give them now.

    Raises:
        AsnError: when one has another; nothing was changed yet.
    """
    rows = wrong = 0
    with private_engine(settings) as connection:
        for path in chosen:
            if path.is_relative_to(settings.vault):
                made = chained_sql(keys, "nip")
                found = connection.execute(
                    f"select count(*), count(*) filter (where person_key is distinct from {made})"
                    f" from read_parquet({literal(switch.future(path))}, hive_partitioning = false)"
                ).fetchall()[0]
                rows, wrong = rows + found[0], wrong + found[1]
    if wrong:
        raise AsnError(
            f"{wrong} of {rows} identities of the vault do not have the pseudonym of their NIP.",
            mend="Nothing was changed. Is ASN_PSEUDONYM_KEY the key that they were admitted with?",
        )
    return rows


def _stage_keys(settings: Settings, switch: Switch, keys: tuple[bytes, ...], new: bytes) -> None:
    contents = {
        earlier_keys(settings): sealed(keys, new),
        key_check(settings): check_value(new).encode(),
    }
    if settings.pseudonym_key is None:
        contents[settings.vault / "pseudonym.key"] = new
    for path, content in contents.items():
        with switch.staging(path) as staged:
            staged.touch(mode=0o600)
            staged.write_bytes(content)
