"""Publish an audited candidate: archive it, then bring it into the serving store at once.

The serving store says what is published: its table ``ops.publication`` changes in the same step
as the marts. The archive holds the bytes of each version; a folder that no row of
``ops.publication`` names was never served.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn_warehouse import archive, audit, build, changes, ops, serving, switching, versioning
from asn_warehouse.archive import Version
from asn_warehouse.build import BuildContext
from asn_warehouse.errors import NotPublished, PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.serving import Content, Store, Table
from asn_warehouse.settings import Settings

REQUIRED = ("gate_datasets", build.COMPLETE, "gate_marts")
"""What a candidate must have passed before it can be published."""


@dataclass(frozen=True)
class Publication:
    """What is served for a period. Times are UTC; ``is_new`` is false when nothing changed."""

    period: Period
    version: int
    build_id: str
    published_at: datetime
    as_of: datetime
    content_sha256: str
    rows: int
    is_new: bool


def publish(
    settings: Settings, context: BuildContext, step: Callable[[str], None] | None = None
) -> Publication:
    """Publish the candidate of ``context``; a content equal to what is served changes nothing.

    Killed at any point, the period's last publication stays as it was, and the next call ends in
    the same content.

    Args:
        settings: where things live.
        context: a candidate that passed both gates and is complete.
        step: told the name of each step when it is done.

    Raises:
        BuildFailed: when the period was prepared anew since the candidate was audited.
        PublishConflict: when the candidate was not audited, its marts are not those of the
            project, or another publisher is at work.
    """
    from asn_warehouse.safe_marts import files as safe_files
    from asn_warehouse.safe_marts import past

    done = step or _ignore
    build.assert_current(context)
    missing = [name for name in REQUIRED if not build.is_marked(context, name)]
    if missing:
        raise PublishConflict(
            f"Build {context.build_id} of {context.period} has not passed: {', '.join(missing)}.",
            mend="Run the gates first; `asn run` does all of it in order.",
        )
    store = serving.open_store(settings)
    with _lock(settings, store):
        events = _events(settings, store)
        served = _served(settings, events)
        now = served.get(context.period)
        partial = _partial_folder(settings, context.period)
        exported = versioning.export(settings, context, partial)
        done("exported")
        digest = exported.content_sha256
        if now and now.content_sha256 == digest and safe_files.is_current(settings, now):
            shutil.rmtree(partial)
            if store.holds(_content(settings, served, events)):
                store.tidy()
            else:
                _swap(settings, store, served, events, now, "restore", done)
            return _publication(now, is_new=False)
        version = versioning.describe(
            settings,
            context,
            exported,
            number=_next_version(events, context.period),
            published_at=ops.now(),
            replaces=now,
            known=past.of(context.period, served, _published(settings, events)),
            done=done,
        )
        archive.keep(settings, version, partial)
        done("archived")
        _swap(settings, store, served, events, version, "publish", done)
        return _publication(version, is_new=True)


def revert(settings: Settings, period: Period, version: int | None = None) -> Publication:
    """Serve an earlier version of ``period`` again, exactly, and record that it was done.

    Args:
        settings: where things live.
        period: the month.
        version: the version to serve; default the one that was served before the present one.

    Raises:
        PublishConflict: when there is no such version, its archive was damaged, or another
            publisher is at work.
    """
    store = serving.open_store(settings)
    with _lock(settings, store):
        events = _events(settings, store)
        served = _served(settings, events)
        now = served.get(period)
        if now is None:
            raise NotPublished(f"Nothing of {period} is published.")
        wanted = now.replaces if version is None else version
        if wanted is None:
            raise NotPublished(f"{period} has no version before version {now.version}.")
        published = {event["version"] for event in events if event["period"] == str(period)}
        if wanted not in published:
            raise NotPublished(
                f"Version {wanted} of {period} was never published.",
                mend=f"There is: {', '.join(map(str, sorted(map(_integer, published))))}.",
            )
        target = archive.load(settings, period, wanted)
        if wanted == now.version:
            return _publication(target, is_new=False)
        archive.verify(settings, target)
        _swap(settings, store, served, events, target, "revert", _ignore)
        return _publication(target, is_new=True)


def restore(settings: Settings) -> list[Period]:
    """Serve again all that is published, from the archive, into a store that lacks any of it.

    Returns:
        the months that are served; empty when the store held them all.

    Raises:
        NotPublished: when nothing was ever published.
        PublishConflict: when an archive was damaged, or another publisher is at work.
    """
    store = serving.open_store(settings)
    with _lock(settings, store):
        events = _events(settings, store)
        served = _served(settings, events)
        if not served:
            raise NotPublished("Nothing is published.", mend="`asn run` publishes a month.")
        if store.holds(_content(settings, served, events)):
            store.tidy()
            return []
        for version in served.values():
            archive.verify(settings, version)
        _swap(settings, store, served, events, served[max(served)], "restore", _ignore)
        return sorted(served)


def _serve_rekeyed(settings: Settings, store: Store) -> None:
    """Serve what is archived where its pseudonyms were changed: the same versions, new digests."""
    events = _events(settings, store)
    said = {str(event["period"]): event["content_sha256"] for event in events}
    served = _served(settings, events)
    changed_by = switching.unserved(settings)
    action = changed_by.kind if changed_by is not None else "restore"
    for period, version in sorted(served.items()):
        if said[str(period)] != version.content_sha256:
            archive.verify(settings, version)
            events = _events(settings, store)
            _swap(settings, store, served, events, version, action, _ignore)


def current(settings: Settings, period: Period) -> Publication | None:
    """Return what is served for ``period``, or None."""
    events = _events(settings, serving.open_store(settings))
    version = _served(settings, events).get(period)
    return None if version is None else _publication(version, is_new=False)


def what_changed(settings: Settings, publication: Publication) -> str | None:
    """Return in one line what a publication changed; None for the first of a month.

    Raises:
        NotPublished: when it is not in the archive.
    """
    version = archive.load(settings, publication.period, publication.version)
    return changes.in_words(settings, version)


def published_periods(settings: Settings) -> list[Period]:
    """Return the periods that are served, in order."""
    return sorted(_served(settings, _events(settings, serving.open_store(settings))))


def history(settings: Settings) -> tuple[dict[Period, Version], list[Version]]:
    """Return what is served of each month, and every version that ever was."""
    events = _events(settings, serving.open_store(settings))
    return _served(settings, events), _published(settings, events)


def refresh_ops(settings: Settings) -> None:
    """Bring schema ``ops`` of the serving store up to date (audit, reports, gates, submissions).

    Does nothing while nothing is published.

    Raises:
        PublishConflict: when another publisher is at work.
    """
    store = serving.open_store(settings)
    with _lock(settings, store):
        store.refresh_ops(_events(settings, store))


def _swap(
    settings: Settings,
    store: Store,
    served: dict[Period, Version],
    events: list[ops.Row],
    version: Version,
    action: str,
    done: Callable[[str], None],
) -> None:
    """Serve ``version`` in place of what its period had, beside all other periods."""
    event = _event(version, action, len(events) + 1) | {"actor": audit.actor(settings)}
    wanted = {**served, version.period: version}
    store.serve(_content(settings, wanted, [*events, event]), done)
    ops.record(settings, "publication", event)
    done("recorded")
    audit.publications(settings, [event])
    store.refresh_ops([*events, event])


def _content(settings: Settings, wanted: dict[Period, Version], events: list[ops.Row]) -> Content:
    return Content(_tables(settings, wanted), _published(settings, events), events)


def _tables(settings: Settings, wanted: dict[Period, Version]) -> dict[Table, list[Version]]:
    """Return which versions each served table is made of, the newest period first."""
    oldest_restricted = max(wanted).previous(settings.restricted_periods - 1)
    tables: dict[Table, list[Version]] = {}
    for period in sorted(wanted, reverse=True):
        for mart in wanted[period].tables:
            if not mart.restricted or period >= oldest_restricted:
                tables.setdefault((mart.schema, mart.name), []).append(wanted[period])
    return dict(sorted(tables.items()))


def _events(settings: Settings, store: Store) -> list[ops.Row]:
    """Return every publication and revert so far: the serving store says it, else the journal.

    What a killed publisher could not write to the journal any more is added to it.
    """
    events = store.events()
    return ops.read(settings, "publication") if events is None else events


def _close_journal(settings: Settings, events: list[ops.Row]) -> None:
    known = {row["number"] for row in ops.read(settings, "publication")}
    for event in events:
        if event["number"] not in known:
            ops.record(settings, "publication", event)
    audit.publications(settings, events)


def _served(settings: Settings, events: list[ops.Row]) -> dict[Period, Version]:
    """Return the version that each period serves: that of its last event."""
    last = {str(event["period"]): _integer(event["version"]) for event in events}
    return {
        (period := Period.parse(text)): archive.load(settings, period, version)
        for text, version in last.items()
    }


def _published(settings: Settings, events: list[ops.Row]) -> list[Version]:
    """Return every version that was ever served, of all periods, and is still archived."""
    found = {(Period.parse(str(row["period"])), _integer(row["version"])) for row in events}
    return [
        archive.load(settings, period, version)
        for period, version in sorted(found)
        if (archive.directory(settings, period, version) / "publication.json").exists()
    ]


def _next_version(events: list[ops.Row], period: Period) -> int:
    numbers = (_integer(row["version"]) for row in events if row["period"] == str(period))
    return max(numbers, default=0) + 1


def _integer(value: object) -> int:
    return int(str(value))


def _event(version: Version, action: str, number: int) -> ops.Row:
    return {
        "number": number,
        "period": str(version.period),
        "version": version.version,
        "action": action,
        "build_id": version.build_id,
        "published_at": ops.stamp(version.published_at),
        "as_of": ops.stamp(version.as_of),
        "content_sha256": version.content_sha256,
        "rows": version.rows,
        "replaces": version.replaces,
        "recorded_at": ops.stamp(ops.now()),
    }


def _publication(version: Version, *, is_new: bool) -> Publication:
    return Publication(
        period=version.period,
        version=version.version,
        build_id=version.build_id,
        published_at=version.published_at,
        as_of=version.as_of,
        content_sha256=version.content_sha256,
        rows=version.rows,
        is_new=is_new,
    )


def _partial_folder(settings: Settings, period: Period) -> Path:
    """Return a new folder for an export, after what killed publishers left is cleared away."""
    parent = settings.warehouse / "publications" / str(period)
    parent.mkdir(parents=True, exist_ok=True)
    for stale in parent.glob(".partial-*"):
        shutil.rmtree(stale)
    folder = parent / f".partial-{uuid.uuid4().hex}"
    folder.mkdir()
    return folder


@contextmanager
def _lock(settings: Settings, store: Store) -> Iterator[None]:
    """Hold the right to publish; the system gives it back when the holder dies."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(settings.warehouse / "publish.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishConflict(
                "Another publication is under way.", mend="Try again when it has ended."
            ) from None
        switching.settle(settings)
        with store.lock():
            events = store.events()
            if events is not None:
                _close_journal(settings, events)
                _serve_rekeyed(settings, store)
            yield
    finally:
        os.close(descriptor)


def _ignore(step: str) -> None:
    """Take no notice."""
