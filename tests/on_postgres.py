"""A month that the embedded engine has run, run again by PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from e2e_home import KEY, Month
from postgres_server import Server

from asn_warehouse import access, build, ops, pipeline
from asn_warehouse.access import state
from asn_warehouse.build import BuildContext
from asn_warehouse.pipeline import MonthResult
from asn_warehouse.settings import Settings, get_settings


@dataclass
class Looks:
    """How often somebody looked at what of a database shows rows without a policy, and saw what."""

    taken: int = 0
    found: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Computed:
    """A candidate in a database that stays for the tests of this process; not to be changed."""

    dsn: str
    context: BuildContext
    result: MonthResult | None = None
    looks: Looks = field(default_factory=Looks)

    @property
    def settings(self) -> Settings:
        """The settings over its home, the server named."""
        with computing_on(self.dsn):
            return get_settings(self.context.home)


PIPELINE = "t_pipeline"
"""Who loads, computes and publishes: a login with these roles and no other right."""


def granted_pipeline(server: Server, dsn: str, home: Path) -> str:
    """Run `asn grant` on a database for the agencies of ``home``; return the pipeline's DSN."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_POSTGRES_DSN", dsn)
        access.apply(get_settings(home))
    with psycopg.connect(dsn, autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = %s", [PIPELINE]).fetchone():
            admin.execute(f"create role {PIPELINE} login")
        admin.execute(
            f"grant {', '.join((access.LOADER, access.BUILDER, access.PUBLISHER))} to {PIPELINE}"
        )
    return replace(server, dsn=dsn).as_user(PIPELINE).dsn


@contextmanager
def computing_on(dsn: str) -> Iterator[None]:
    """Name the server and the engine in the environment, as an operator does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_POSTGRES_DSN", dsn)
        patch.setenv("ASN_TARGET", "postgres")
        patch.setenv("ASN_PSEUDONYM_KEY", KEY)
        patch.setenv("ASN_MEMORY_LIMIT", "1GB")
        patch.setenv("ASN_THREADS", "2")
        yield


def computed_on(dsn: str, made: BuildContext, folder: Path) -> Computed:
    """Compute the month of ``made`` in the database ``dsn`` from a copy of its lake."""
    for part in ("lake", "reference"):
        shutil.copytree(made.home / part, folder / part)
    with computing_on(dsn):
        return Computed(dsn, build.build(get_settings(folder), made.period, made.as_of))


def run_on(dsn: str, month: Month, folder: Path) -> Computed:
    """Run the month from its files to its report over a copy of its home, at the same moment.

    The candidate stays on the server, though it is published: tests look at its schemas.
    """
    home, made = month.settings.home, month.result
    assert made.publication is not None
    for part in ("landing", "lake", "reference", "vault"):
        shutil.copytree(home / part, folder / part)
    moment = made.publication.published_at
    with computing_on(dsn), pytest.MonkeyPatch.context() as patch, looking(dsn) as looks:
        patch.setattr(ops, "now", lambda: moment)
        patch.setattr(build, "dismiss", lambda context: None)
        result = pipeline.run_month(get_settings(folder), made.period)
    assert result.context is not None
    return Computed(dsn, result.context, result, looks)


@contextmanager
def looking(dsn: str) -> Iterator[Looks]:
    """Look again and again, while a block runs, at what a process killed just then would leave."""
    looks, is_over = Looks(), Event()

    def look() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not is_over.wait(0.05):
                looks.found.update(state.unprotected(connection))
                looks.taken += 1

    thread = Thread(target=look)
    thread.start()
    try:
        yield looks
    finally:
        is_over.set()
        thread.join()
