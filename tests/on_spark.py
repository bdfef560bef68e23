"""A month that the embedded engine has run, run again by a Spark cluster of this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from e2e_home import KEY, Month

from asn_warehouse import build, cluster, ops, pipeline
from asn_warehouse.build import BuildContext
from asn_warehouse.pipeline import MonthResult
from asn_warehouse.settings import Settings, get_settings


@dataclass(frozen=True)
class OnSpark:
    """A month that Spark computed and PostgreSQL serves; not to be changed."""

    home: Path
    dsn: str
    result: MonthResult

    @property
    def context(self) -> BuildContext:
        """The candidate of the month."""
        assert self.result.context is not None
        return self.result.context


def why_not() -> str | None:
    """Return what is missing for a cluster on this machine, if anything is."""
    if find_spec("pyspark") is None or find_spec("pyhive") is None:
        return "the packages of the target spark are not installed: make spark-install"
    if shutil.which("java") is None:
        return "there is no Java on this machine: apt-get install openjdk-17-jre-headless"
    return None


@contextmanager
def computing_on_spark(home: Path, dsn: str | None = None) -> Iterator[Settings]:
    """Yield the settings over ``home`` with Spark as engine, named in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "ASN_TARGET": "spark",
            "ASN_PSEUDONYM_KEY": KEY,
            "ASN_MEMORY_LIMIT": "1GB",
            "ASN_THREADS": "2",
        }.items():
            patch.setenv(name, value)
        if dsn is not None:
            patch.setenv("ASN_POSTGRES_DSN", dsn)
        yield get_settings(home)


@contextmanager
def running_cluster(home: Path) -> Iterator[None]:
    """Run a cluster over ``home`` until the block ends."""
    with computing_on_spark(home) as settings:
        cluster.start(settings)
        try:
            yield
        finally:
            cluster.stop(settings)


def run_on_spark(dsn: str, month: Month, home: Path) -> OnSpark:
    """Run the month on the cluster of ``home`` over a copy of its lake, at the same moment."""
    made = month.result
    assert made.publication is not None
    moment = made.publication.published_at
    with computing_on_spark(home, dsn) as settings, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ops, "now", lambda: moment)
        patch.setattr(build, "dismiss", lambda context: None)
        return OnSpark(home, dsn, pipeline.run_month(settings, made.period))


def copy_home(month: Month, home: Path) -> None:
    """Give ``home`` what the month was computed from."""
    for part in ("landing", "lake", "reference", "vault"):
        shutil.copytree(month.settings.home / part, home / part)
