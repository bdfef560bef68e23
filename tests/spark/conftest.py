"""One cluster for all tests of this folder, and the month that it has computed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_home import Month
from on_postgres import granted_pipeline
from on_spark import OnSpark, copy_home, run_on_spark, running_cluster, why_not
from postgres_server import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where a cluster cannot run, and say why."""
    reason = why_not()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(3600))
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def spark_home(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the month's home, over which a cluster with two workers runs."""
    home = tmp_path_factory.getbasetemp() / "month on spark"
    copy_home(month, home)
    with running_cluster(home):
        yield home


@pytest.fixture(scope="session")
def month_on_spark(month: Month, spark_home: Path, postgres_server: Server) -> Iterator[OnSpark]:
    """The month with faults after Spark has computed it and PostgreSQL serves it.

    It runs as whoever runs a pipeline: a login that is no superuser, after `asn grant`.
    """
    with postgres_server.empty_database() as dsn:
        pipeline = granted_pipeline(postgres_server, dsn, spark_home)
        yield run_on_spark(pipeline, month, spark_home)
