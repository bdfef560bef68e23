"""Replaces many files of a home at once: all of them change, or none.

New files are staged beside those they replace, under names that nobody reads. Then the journal in
the vault says that they count, by one rename, and every file is renamed. Whoever comes after a
switch that was killed takes away what was staged, or finishes the renames, before doing anything.
Where PostgreSQL has to follow, the journal is kept under another name until it has.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from typing import Any

from asn_warehouse.errors import PublishConflict
from asn_warehouse.files import sync, write_private
from asn_warehouse.settings import Settings

Step = Callable[[str], None]
_JOURNAL = "switch.json"
_UNSERVED = "unserved.json"


@dataclass(frozen=True)
class Settled:
    """A switch that took effect, and whose process may have been killed since.

    ``result`` is what it would have told, ``subject`` a pseudonym that must be nowhere any more.
    """

    kind: str
    result: dict[str, Any]
    subject: str | None = None


@dataclass
class Switch:
    """Files of one home that change together; paths are relative to the home.

    ``audit`` are the arguments of the audit row that stands for the switch, ``result`` is what its
    caller wants to know of it. Neither holds identities. ``subject`` is a pseudonym that must be
    nowhere afterwards.
    """

    settings: Settings
    kind: str
    step: Step
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    subject: str | None = None

    @contextmanager
    def staging(self, path: Path) -> Iterator[Path]:
        """Yield the name under which the new content of ``path`` is written; then flush it."""
        staged = _staged(path, self.id)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        yield staged
        staged.chmod(mode)
        sync(staged)
        self.replaced.append(path.relative_to(self.settings.home).as_posix())
        self.step("staged")

    def future(self, path: Path) -> Path:
        """Return the file that ``path`` will be: the staged one, or ``path`` itself."""
        staged = _staged(path, self.id)
        return staged if staged.exists() else path

    def remove(self, path: Path) -> None:
        """Note that a file or folder will be taken away."""
        self.removed.append(path.relative_to(self.settings.home).as_posix())

    def commit(self) -> None:
        """Make the new files count, all of them; killed from here on, it is finished by others."""
        with self.staging(_made_by(self.settings)) as staged:
            staged.write_text(self.id, encoding="utf-8")
        for folder in {(self.settings.home / name).parent for name in self.replaced}:
            sync(folder)
        self.step("prepared")
        _write_journal(self.settings, {**_plain(self), "is_committed": True})
        self.step("committed")
        _finish(self.settings, self.step)


@contextmanager
def switching(settings: Settings, kind: str, step: Step | None = None) -> Iterator[Switch]:
    """Yield a new switch; the lock of ``alone`` must be held. Left without commit, nothing changes.

    Args:
        settings: where things live.
        kind: what it is about, one word.
        step: told the name of each step when it is done.
    """
    switch = Switch(settings, kind, step or _ignore)
    _write_journal(settings, {**_plain(switch), "is_committed": False})
    try:
        yield switch
    finally:
        if _read_journal(settings) is not None:
            _finish(settings, switch.step)


def pseudonyms_made_by(settings: Settings) -> str:
    """Return the id of the switch that last changed pseudonyms of the lake; empty without one.

    Copies of the lake that were made before it are of no use.
    """
    path = _made_by(settings)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _made_by(settings: Settings) -> Path:
    return settings.lake / "pseudonyms"


@contextmanager
def steady(settings: Settings) -> Iterator[None]:
    """Hold off switches while rows are read and written; one that was killed is finished first."""
    with _lock_file(settings, "home") as descriptor:
        flock(descriptor, LOCK_SH)
        while _read_journal(settings) is not None:
            flock(descriptor, LOCK_UN)
            settle(settings)
            flock(descriptor, LOCK_SH)
        yield


@contextmanager
def alone(settings: Settings) -> Iterator[Settled | None]:
    """Hold the home alone, but for those who only read; yield what is left of a killed switch.

    Raises:
        PublishConflict: when files are being admitted or a month is being published.
    """
    with _lock_file(settings, "home") as admission, _publish_lock(settings) as publisher:
        try:
            flock(admission, LOCK_EX | LOCK_NB)
            flock(publisher, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise PublishConflict(
                "Files are being admitted or a month is being published.",
                mend="Try again when that has ended.",
            ) from None
        yield _finish(settings, _ignore) or unserved(settings)


def settle(settings: Settings, *, is_patient: bool = True) -> None:
    """Finish a switch that was killed, or take away what it staged; usually there is none.

    Args:
        settings: where things live.
        is_patient: wait for one that is under way; false to leave it to its process.
    """
    if _read_journal(settings) is None:
        return
    with _lock_file(settings, "home") as descriptor:
        try:
            flock(descriptor, LOCK_EX if is_patient else LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return
        _finish(settings, _ignore)


def unserved(settings: Settings) -> Settled | None:
    """Return the switch that took effect in the home, and that PostgreSQL has yet to follow."""
    found = None if settings.postgres_dsn is None else _read(settings.vault / _UNSERVED)
    return None if found is None else _settled(found)


def served(settings: Settings) -> None:
    """Note that PostgreSQL, where there is one, has followed."""
    if settings.postgres_dsn is not None:
        (settings.vault / _UNSERVED).unlink(missing_ok=True)


@contextmanager
def locked(settings: Settings, name: str) -> Iterator[None]:
    """Hold a lock of this home by its name; the system gives it back when the holder dies."""
    with _lock_file(settings, name) as descriptor:
        flock(descriptor, LOCK_EX)
        yield


@contextmanager
def _lock_file(settings: Settings, name: str) -> Iterator[int]:
    with _opened(settings.home / "locks" / f"{name}.lock") as descriptor:
        yield descriptor


@contextmanager
def _publish_lock(settings: Settings) -> Iterator[int]:
    with _opened(settings.warehouse / "publish.lock") as descriptor:
        yield descriptor


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _finish(settings: Settings, step: Step) -> Settled | None:
    """Bring the home to one of its two states, by what its journal says.

    Returns the switch that took effect; None where there was none, or it did not get so far.
    """
    from asn_warehouse import audit

    found = _read_journal(settings)
    if found is None:
        return None
    if not found["is_committed"]:
        for staged in settings.home.rglob(f".*.{found['id']}.staged"):
            staged.unlink(missing_ok=True)
        _journal(settings).unlink()
        return None
    for name in found["replaced"]:
        path = settings.home / name
        staged = _staged(path, found["id"])
        if staged.exists():
            staged.replace(path)
            step("replaced")
    for name in found["removed"]:
        _take_away(settings.home / name)
        step("removed")
    for folder in {(settings.home / n).parent for n in (*found["replaced"], *found["removed"])}:
        if folder.is_dir():
            sync(folder)
    audit.record(settings, found["kind"], event=f"{found['kind']}-{found['id']}", **found["audit"])
    step("recorded")
    if settings.postgres_dsn is None:
        _journal(settings).unlink()
    else:
        _journal(settings).replace(settings.vault / _UNSERVED)
    sync(settings.vault)
    return _settled(found)


def _settled(journal: dict[str, Any]) -> Settled:
    return Settled(journal["kind"], journal["result"], journal.get("subject"))


def _take_away(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _journal(settings: Settings) -> Path:
    return settings.vault / _JOURNAL


def _read_journal(settings: Settings) -> dict[str, Any] | None:
    return _read(_journal(settings))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _write_journal(settings: Settings, content: dict[str, Any]) -> None:
    write_private(_journal(settings), json.dumps(content))


def _plain(switch: Switch) -> dict[str, Any]:
    names = ("id", "kind", "replaced", "removed", "audit", "result", "subject")
    return {name: getattr(switch, name) for name in names}


def _staged(path: Path, switch_id: str) -> Path:
    return path.with_name(f".{path.name}.{switch_id}.staged")


def _ignore(step: str) -> None:
    """Take no notice."""
