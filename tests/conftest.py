"""What all tests share: the helpers beside this file can be imported by name."""

import hashlib
import os
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent))

from e2e_home import Month, faulty_month
from later_month import later_month
from measured import pytest_terminal_summary as pytest_terminal_summary
from on_postgres import Computed, granted_pipeline, run_on
from postgres_server import Server, running_server
from recompute import Recomputed
from scheduling import MonthInOneProcess, shares_a_month
from support import Home, make_home

from asn_warehouse.build import BuildContext
from asn_warehouse.report import protection
from asn_warehouse.safe_marts import protecting

os.environ.pop("COLUMNS", None)  # pytest-xdist sets it; tables fit themselves where it is not set


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker is left alone with one at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not shares_a_month(item.path), item.path not in long))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Make each month once where files are spread over processes."""
    return MonthInOneProcess(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Leave no log behind that writes to the captured streams of a test that is over."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def protected_once() -> Iterator[None]:
    """Protect equal tables once: a month that both engines compute costs half a minute each time.

    The function is pure; its own tests call it where it is defined.
    """
    known: dict[str, Any] = {}

    def remembered(tables: Any, threshold: int, *, given: Any = (), hidden: Any = ()) -> Any:
        found = hashlib.sha256(str(threshold).encode())
        for month in (protection.Neighbour(tables, hidden), *given):
            for table, hides in zip_longest(month.tables, month.hidden):
                found.update(repr(table.rule).encode())
                for frame in (table.rows, pd.DataFrame() if hides is None else hides):
                    found.update(repr([*frame]).encode())
                    found.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
            found.update(b"a month")
        key = found.hexdigest()
        if key not in known:
            known[key] = protection.protect_together(tables, threshold, given=given, hidden=hidden)
        return [hides.copy() for hides in known[key]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protecting, "protect_together", remembered)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with reference files, two agencies and the calendar of 2026-10 and 2026-11."""
    return make_home(tmp_path / "home")


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """The month with faults after it has run; a test that changes a home copies it first."""
    return faulty_month(tmp_path_factory.getbasetemp() / "faulty_month")


def recomputed(context: BuildContext) -> Recomputed:
    """Return the month of a build as pandas sees it."""
    return Recomputed(context.home, context.database, str(context.period), context.as_of)


@pytest.fixture(scope="session")
def again(month: Month) -> Recomputed:
    """The month with faults, as pandas sees it."""
    assert month.result.context is not None
    return recomputed(month.result.context)


@pytest.fixture(scope="session")
def later(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Recomputed:
    """The same two months later, with rows in its lake that no simulation writes."""
    folder = tmp_path_factory.getbasetemp() / "later_month"
    return recomputed(later_month(month.settings.home, folder))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL that ends with the tests of this process."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[str]:
    """The DSN of an empty database of the test's own."""
    with postgres_server.empty_database() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def month_on_postgres(
    month: Month, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Computed]:
    """The month with faults after it has run on PostgreSQL, over a copy of the same home.

    It runs as whoever runs a pipeline: a login that is no superuser, after `asn grant`.
    """
    folder = tmp_path_factory.getbasetemp() / "month_on_postgres"
    with postgres_server.empty_database() as dsn:
        pipeline = granted_pipeline(postgres_server, dsn, month.settings.home)
        yield run_on(pipeline, month, folder)
