"""Publish an audited candidate: archive it, build the served database anew, swap it in at once.

The served database says what is published: its table ``ops.publication`` changes in the same
rename as the marts. DuckDB takes the name of a file, ``marts``, for its catalog, so the tables lie
in its schema ``main``: whoever opens it writes ``marts.<table>``. The archive holds the bytes of
each version; a folder that no row of ``ops.publication`` names was never served.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from asn_warehouse import archive, audit, build, changes, lineage, ops, switching
from asn_warehouse.archive import Version
from asn_warehouse.build import BuildContext
from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import NotPublished, PublishConflict
from asn_warehouse.periods import Period
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
    done = step or _ignore
    build.assert_current(context)
    missing = [name for name in REQUIRED if not build.is_marked(context, name)]
    if missing:
        raise PublishConflict(
            f"Build {context.build_id} of {context.period} has not passed: {', '.join(missing)}.",
            mend="Run the gates first; `asn run` does all of it in order.",
        )
    with _lock(settings):
        events = _events(settings)
        served = _served(settings, events)
        now = served.get(context.period)
        partial = _partial_folder(settings, context.period)
        restricted = {
            name: bool(meta.get("restricted"))
            for name, meta in build.models(context, "marts").items()
        }
        marts = archive.export(settings, context.database, context.period, restricted, partial)
        done("exported")
        digest = archive.content_sha256(marts)
        if now is not None and now.content_sha256 == digest:
            shutil.rmtree(partial)
            if not settings.marts_database.exists():
                _swap(settings, served, events, now, "restore", done)
            return _publication(now, is_new=False)
        version = Version(
            period=context.period,
            version=_next_version(events, context.period),
            build_id=context.build_id,
            as_of=context.as_of,
            published_at=ops.now(),
            replaces=now.version if now else None,
            content_sha256=digest,
            marts=marts,
            rules_sha256=context.rules_sha256,
            warnings=tuple(build.notes(context, "gate_marts").get("warnings", ())),
        )
        made = _write_lineage(context, partial)
        extras = changes.write(settings, context, partial, version, now, made)
        version = replace(version, extras=extras)
        done("compared")
        archive.keep(settings, version, partial)
        done("archived")
        _swap(settings, served, events, version, "publish", done)
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
    with _lock(settings):
        events = _events(settings)
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
        _swap(settings, served, events, target, "revert", _ignore)
        return _publication(target, is_new=True)


def current(settings: Settings, period: Period) -> Publication | None:
    """Return what is served for ``period``, or None."""
    version = _served(settings, _events(settings)).get(period)
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
    return sorted(_served(settings, _events(settings)))


def refresh_ops(settings: Settings) -> None:
    """Bring schema ``ops`` of the served database up to date (reports, gates, submissions).

    Does nothing while nothing is published.

    Raises:
        PublishConflict: when another publisher is at work.
    """
    with _lock(settings):
        events = _events(settings)
        if not settings.marts_database.exists():
            return
        candidate = _candidate_path(settings)
        shutil.copyfile(settings.marts_database, candidate)
        with engine.connect(settings, candidate) as connection:
            _write_ops(connection, settings, events)
        _replace(settings, candidate, _ignore)


def _swap(
    settings: Settings,
    served: dict[Period, Version],
    events: list[ops.Row],
    version: Version,
    action: str,
    done: Callable[[str], None],
) -> None:
    """Serve ``version`` in place of what its period had, beside all other periods."""
    wanted = {**served, version.period: version}
    event = _event(version, action, len(events) + 1) | {"actor": audit.actor(settings)}
    candidate = _candidate_path(settings)
    with engine.connect(settings, candidate) as connection:
        for name, versions in _tables(settings, wanted).items():
            _load(connection, settings, name, versions)
            done(f"loaded {name}")
        changes.load(connection, settings, _published(settings, [*events, event]))
        _write_ops(connection, settings, [*events, event])
        connection.execute("checkpoint")
    done("built")
    _replace(settings, candidate, done)
    ops.record(settings, "publication", event)
    done("recorded")
    audit.publications(settings, [event])


def _write_lineage(context: BuildContext, folder: Path) -> lineage.Lineage:
    """Keep beside the marts how they were made; no part of their content."""
    made = lineage.from_manifest(read_manifest(context.target_dir))
    path = folder / lineage.FILE
    path.write_text(made.to_json(), encoding="utf-8")
    archive.sync_file(path)
    return made


def _tables(settings: Settings, wanted: dict[Period, Version]) -> dict[str, list[Version]]:
    """Return which versions each served mart is made of, the newest period first."""
    oldest_restricted = max(wanted).previous(settings.restricted_periods - 1)
    tables: dict[str, list[Version]] = {}
    for period in sorted(wanted, reverse=True):
        for mart in wanted[period].marts:
            if not mart.restricted or period >= oldest_restricted:
                tables.setdefault(mart.name, []).append(wanted[period])
    return dict(sorted(tables.items()))


def _load(
    connection: duckdb.DuckDBPyConnection, settings: Settings, name: str, versions: list[Version]
) -> None:
    files = [
        archive.directory(settings, item.period, item.version) / f"{name}.parquet"
        for item in versions
    ]
    table = f"main.{engine.identifier(name)}"
    connection.execute(
        f"create table {table} as"
        f" from read_parquet({engine.path_list(files)}, union_by_name = true)"
    )
    found = dict(
        connection.execute(f"select period, count(*) from {table} group by period").fetchall()
    )
    for item in versions:
        rows = next(mart.rows for mart in item.marts if mart.name == name)
        if found.pop(item.period.first_day, 0) != rows:
            raise PublishConflict(f"marts.{name} of {item.period} does not have its {rows} rows.")
    if found:
        raise PublishConflict(f"marts.{name} holds months that are not published: {list(found)}.")


def _write_ops(
    connection: duckdb.DuckDBPyConnection, settings: Settings, events: list[ops.Row]
) -> None:
    ops.materialise(connection, settings)
    ops.write_table(connection, "publication", events)


def _replace(settings: Settings, candidate: Path, done: Callable[[str], None]) -> None:
    archive.sync_file(candidate)
    done("synced")
    candidate.replace(settings.marts_database)
    archive.sync_directory(settings.warehouse)
    done("swapped")


def _events(settings: Settings) -> list[ops.Row]:
    """Return every publication and revert so far: the served database says it, else the journal.

    What a killed publisher could not write to the journal any more is added to it.
    """
    journal = ops.read(settings, "publication")
    if not settings.marts_database.exists():
        return journal
    with engine.connect(settings) as connection:
        # Attached, not opened by name: that would give the file as it was to a process that
        # still has it open from before a rename.
        place = engine.literal(settings.marts_database)
        connection.execute(f"attach {place} as served (read_only)")
        found = connection.execute("from served.ops.publication order by number")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: object) -> object:
    return ops.stamp(value) if isinstance(value, datetime) else value


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


def _candidate_path(settings: Settings) -> Path:
    for stale in settings.warehouse.glob(".marts-*"):
        stale.unlink(missing_ok=True)
    return settings.warehouse / f".marts-{uuid.uuid4().hex}.duckdb"


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
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
        if settings.marts_database.exists():
            _close_journal(settings, _events(settings))
        yield
    finally:
        os.close(descriptor)


def _ignore(step: str) -> None:
    """Take no notice."""
