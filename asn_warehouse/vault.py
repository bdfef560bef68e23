"""The vault: the key of the pseudonyms, identities, and rejected rows. Mode 0700 throughout."""

import base64
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import duckdb
from cryptography.fernet import Fernet, InvalidToken

from asn_warehouse.engines.duckdb import connect, literal
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.files import write_private
from asn_warehouse.settings import Settings
from asn_warehouse.switching import locked

KEY_BYTES = 32
SCRATCH_SECONDS = 24 * 3600
"""What a killed run left in the scratch folder is removed after so long."""

BLOCK = 64


def ensure_private(folder: Path, *inside: str) -> Path:
    """Create ``folder`` and the folders ``inside`` it, each readable by its owner only.

    Returns the innermost one. Folders above ``folder`` get the usual mode.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return ensure_private(folder / inside[0], *inside[1:]) if inside else folder


def pseudonym_key(settings: Settings) -> bytes:
    """Return the key of the pseudonyms: ASN_PSEUDONYM_KEY, else the vault's own, made once.

    Raises:
        ConfigurationError: when the key is shorter than 32 bytes, or there is none although
            pseudonyms were made with one.
    """
    if settings.pseudonym_key is not None:
        key = settings.pseudonym_key.get_secret_value().encode()
    else:
        path = settings.vault / "pseudonym.key"
        if not path.is_file() and has_pseudonyms(settings):
            raise ConfigurationError(
                "The key of the pseudonyms is missing.",
                mend=f"Set ASN_PSEUDONYM_KEY, or restore {path} from the backup of the vault.",
            )
        ensure_private(settings.vault)
        key = _stored_key(path)
    if len(key) < KEY_BYTES:
        raise ConfigurationError(
            "The key of the pseudonyms is too short.",
            mend=f"Give ASN_PSEUDONYM_KEY at least {KEY_BYTES} random characters.",
        )
    return key


def pseudonym_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys that make a pseudonym, one after the other; the last is the present one.

    A rotation adds a key: the pseudonym under the new key is made of that under the keys before, so
    that rows whose identity nobody kept can be given it too. The keys before lie in the vault,
    sealed with the present one: whoever lacks one of them can make no pseudonym.

    Raises:
        ConfigurationError: when the present key is too short, or is not the one last rotated to.
    """
    present = pseudonym_key(settings)
    known, path = key_check(settings), earlier_keys(settings)
    if known.is_file() and known.read_text(encoding="utf-8") != check_value(present):
        raise other_key(settings)
    if not path.is_file():
        return (present,)
    try:
        opened = json.loads(_seal(present).decrypt(path.read_bytes()))
    except InvalidToken:
        raise other_key(settings) from None
    return (*(bytes.fromhex(key) for key in opened), present)


def keep_check(settings: Settings) -> None:
    """Keep by what another key is told from this one, before anything is stored under it.

    A home that was filled before there were checks gets one if an identity of its vault has the
    pseudonym that this key gives.

    Raises:
        ConfigurationError: when the key is not that of what is stored.
    """
    with locked(settings, "key-check"):
        keys = pseudonym_keys(settings)
        if not key_check(settings).is_file():
            _assert_gives_stored(settings, keys)
            ensure_private(settings.vault)
            write_private(key_check(settings), check_value(keys[-1]))


def _assert_gives_stored(settings: Settings, keys: tuple[bytes, ...]) -> None:
    """Assert that ``keys`` give the pseudonym of the newest identity, where there is any."""
    files = sorted((settings.vault / "identity").glob("*/period=*/[!.]*.parquet"))
    if not files:
        return
    with connect(settings) as connection:
        found = connection.execute(
            "select nip, person_key"
            f" from read_parquet({literal(files[-1])}, hive_partitioning = false) limit 1"
        ).fetchall()
    if any(chained(keys, nip) != person_key for nip, person_key in found):
        raise other_key(settings)


def other_key(settings: Settings) -> ConfigurationError:
    """Return what is said where the present key is not that of what is stored."""
    is_rotated = earlier_keys(settings).is_file()
    wanted = "was last rotated to" if is_rotated else "the files were admitted with"
    if settings.pseudonym_key is not None:
        mend = f"Set ASN_PSEUDONYM_KEY to the key that {wanted}."
    else:
        mend = f"Restore {settings.vault / 'pseudonym.key'}: the key that {wanted}."
    return ConfigurationError("This is not the key of the pseudonyms that are stored.", mend=mend)


def has_pseudonyms(settings: Settings) -> bool:
    """Return whether anything of the home was admitted or rotated with a key."""
    from asn_warehouse.rekeying import keyed_files

    return earlier_keys(settings).is_file() or bool(keyed_files(settings))


def earlier_keys(settings: Settings) -> Path:
    """Return the file of the keys before the present one; it is there once keys were rotated."""
    return settings.vault / "earlier.keys"


def key_check(settings: Settings) -> Path:
    """Return the file by which the present key is known; it is there from the first row on."""
    return settings.vault / "key.check"


def check_value(key: bytes) -> str:
    """Return what is kept of ``key`` to know it again; nothing leads from there to the key."""
    return pseudonym(key, "check of the key of the pseudonyms")


def sealed(earlier: tuple[bytes, ...], present: bytes) -> bytes:
    """Return the content of the file of earlier keys, which only ``present`` opens."""
    return _seal(present).encrypt(json.dumps([key.hex() for key in earlier]).encode())


def _seal(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.digest(key, b"earlier keys", "sha256")))


def _stored_key(path: Path) -> bytes:
    """Return the key in ``path``; two processes that find none agree on the first one written."""
    if not path.is_file():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(descriptor)
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes().strip()


def pseudonym(key: bytes, value: str) -> str:
    """Return HMAC-SHA-256 of ``value`` under ``key``, 64 hex digits."""
    return hmac.new(key, value.encode(), sha256).hexdigest()


def chained(keys: Iterable[bytes], value: str) -> str:
    """Return the pseudonym of ``value`` under ``keys``, each applied to what the last gave."""
    return reduce(lambda made, key: pseudonym(key, made), keys, value)


def chained_sql(keys: Iterable[bytes], value: str) -> str:
    """Return the same as a DuckDB expression over the text expression ``value``."""
    return reduce(lambda made, key: pseudonym_sql(key, made), keys, value)


def pseudonym_sql(key: bytes, value: str) -> str:
    """Return the same as a DuckDB expression over the text expression ``value`` (RFC 2104)."""
    block = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\x00")
    inner = bytes(byte ^ 0x36 for byte in block).hex()
    outer = bytes(byte ^ 0x5C for byte in block).hex()
    return f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({value}))))"


@contextmanager
def scratch(settings: Settings) -> Iterator[Path]:
    """Yield an empty private folder for copies that hold identities; it is removed afterwards."""
    parent = ensure_private(settings.vault, "scratch")
    for left in parent.iterdir():
        if time.time() - left.stat().st_mtime > SCRATCH_SECONDS:
            rmtree(left, ignore_errors=True)
    folder = parent / secrets.token_hex(8)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@contextmanager
def private_engine(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an embedded engine that spills to the vault, since its rows still have identities."""
    with scratch(settings) as folder, connect(settings) as connection:
        connection.execute(f"set temp_directory = {literal(folder)}")
        yield connection
