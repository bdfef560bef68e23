"""Where files land: a folder, or an object store through fsspec, read by one listing at a time."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from fsspec import AbstractFileSystem

from asn_warehouse.object_store import reaching
from asn_warehouse.settings import Settings

log = structlog.get_logger()
HIDDEN = (".", "~$")
"""Names beginning so are the file system's and Excel's own, not an agency's."""


@dataclass(frozen=True, order=True)
class Entry:
    """A file that was found: the names that lead to it, its size in bytes, its time (UTC).

    ``version`` changes with the bytes. ``is_plain`` is false for a link, a device and the like.
    """

    parts: tuple[str, ...]
    path: str
    size: int
    modified: datetime
    version: str
    is_plain: bool = True


def entries(settings: Settings, *inside: str) -> list[Entry]:
    """Return the files below the landing place, or a folder in it, sorted; none where it is not.

    ``parts`` begin below that folder. In an object store it takes one listing, whatever lies there.

    Raises:
        ConfigurationError: when an object store does not answer or does not let us in.
    """
    if settings.landing_url is None:
        return sorted(_files(settings.landing.joinpath(*inside)))
    return sorted(_objects(settings.landing_url, inside))


def top(settings: Settings) -> tuple[list[str], list[Entry]]:
    """Return the names of the folders in the landing place, and the files beside them, sorted.

    Raises:
        ConfigurationError: when an object store does not answer or does not let us in.
    """
    if settings.landing_url is not None:
        names, loose = _top_objects(settings.landing_url)
    elif settings.landing.is_dir():
        inside = [p for p in settings.landing.iterdir() if not p.name.startswith(HIDDEN)]
        names = [path.name for path in inside if path.is_dir()]
        loose = [entry_of(path, (path.name,)) for path in inside if not path.is_dir()]
    else:
        return [], []
    return sorted(names), sorted(loose)


def entry_of(path: Path, parts: tuple[str, ...] = ()) -> Entry:
    """Return the file at ``path`` as an entry."""
    status = path.lstat()
    return Entry(
        parts,
        os.fspath(path),
        status.st_size,
        _utc(status.st_mtime),
        _version(status),
        is_plain=stat.S_ISREG(status.st_mode),
    )


def is_remote(path: str) -> bool:
    """Return whether ``path`` of an entry is an object's URL."""
    return "://" in path


def version_of(path: Path) -> str:
    """Return what changes when the bytes of a local file do; empty where it is gone."""
    try:
        return _version(path.lstat())
    except OSError:
        return ""


def fetch(path: str, version: str, target: Path) -> bool:
    """Copy an object to ``target``, readable by its owner only.

    Returns whether it was ``version`` from the first byte to the last: an object may be replaced
    between the parts in which it is read.

    Raises:
        ConfigurationError: when the object store does not answer or does not let us in.
    """
    target.touch(mode=0o600)
    with _reaching(path) as (store, name):
        try:
            store.get_file(name, str(target))
            return _object_version(store.info(name)) == version
        except FileNotFoundError:
            return False


def _files(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Entry]:
    """Yield the files below ``folder``; of links only those to an agency's folder are followed."""
    if not folder.is_dir():
        return
    try:
        found = list(os.scandir(folder))
    except PermissionError:
        # The other agencies' files are none the worse for it.
        log.error("folder cannot be read", inode=folder.stat().st_ino)
        return
    for one in found:
        if one.name.startswith(HIDDEN):
            continue
        parts = (*above, one.name)
        if one.is_dir(follow_symlinks=not above):
            yield from _files(Path(one.path), parts)
            continue
        # Whoever renames a file that is complete may do so just now.
        with suppress(FileNotFoundError):
            yield entry_of(Path(one.path), parts)


def _version(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}"


def _objects(url: str, inside: tuple[str, ...]) -> Iterator[Entry]:
    with _reaching(url) as (store, place):
        prefix = "/".join([place, *inside]) + "/"
        found = store.find(prefix, detail=True)
    for name, info in found.items() if found else ():
        parts = tuple(name.removeprefix(prefix).split("/"))
        is_folder = info["type"] != "file" or name.endswith("/")
        if not is_folder and not any(part.startswith(HIDDEN) for part in parts):
            yield _object(store, info, parts)


def _top_objects(url: str) -> tuple[list[str], list[Entry]]:
    with _reaching(url) as (store, place):
        found = store.ls(place, detail=True) if store.exists(place) else []
    names, loose = [], []
    for info in found:
        name = info["name"].rstrip("/").rsplit("/", 1)[-1]
        if info["name"].rstrip("/") == place or name.startswith(HIDDEN):
            continue
        if info["type"] == "directory":
            names.append(name)
        else:
            loose.append(_object(store, info, (name,)))
    return names, loose


def _object(store: AbstractFileSystem, info: dict[str, Any], parts: tuple[str, ...]) -> Entry:
    return Entry(
        parts,
        store.unstrip_protocol(info["name"]),
        info["size"],
        _utc(_time(info).timestamp()),
        _object_version(info),
    )


def _object_version(info: dict[str, Any]) -> str:
    return str(info.get("ETag") or info.get("etag") or f"{info['size']}-{_time(info)}")


def _time(info: dict[str, Any]) -> datetime:
    """Return when an object was written, under the name that its store gives this."""
    value = next(
        info[key] for key in ("LastModified", "updated", "mtime", "created") if key in info
    )
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=UTC).replace(tzinfo=None)


def _reaching(url: str) -> AbstractContextManager[tuple[AbstractFileSystem, str]]:
    return reaching(url, "The landing place", "ASN_LANDING")
