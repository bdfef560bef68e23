"""A month run on PostgreSQL, from the files to the report: the same as the embedded engine's."""

import psycopg
import pytest
from e2e_home import Month, digests
from on_postgres import Computed

from asn_warehouse import ops, parity

pytestmark = pytest.mark.slow


def test_the_same_content_is_published(month: Month, month_on_postgres: Computed) -> None:
    embedded, shared = month.result, month_on_postgres.result
    assert shared is not None and shared.publication is not None
    assert embedded.publication is not None
    assert shared.publication.content_sha256 == embedded.publication.content_sha256
    assert shared.publication.rows == embedded.publication.rows > 0
    assert shared.publication.is_new and shared.publication.version == 1


def test_the_gates_look_at_the_same_rows(month: Month, month_on_postgres: Computed) -> None:
    assert month_on_postgres.result is not None
    seen = [
        [
            (suite.suite, suite.expectations, suite.inspected_rows, suite.not_inspected)
            for gate in result.gates
            for suite in gate.suites
        ]
        for result in (month.result, month_on_postgres.result)
    ]
    assert seen[0] == seen[1]
    assert sum(rows for _, _, rows, _ in seen[0]) > 10_000


def test_the_report_has_the_same_bytes(month: Month, month_on_postgres: Computed) -> None:
    assert month.result.report is not None
    assert month_on_postgres.result is not None and month_on_postgres.result.report is not None
    embedded = digests(month.result.report.directory)
    shared = digests(month_on_postgres.result.report.directory)
    assert shared == embedded
    assert {name.rpartition(".")[2] for name in shared} >= {"pdf", "xlsx", "html", "csv"}


def test_the_server_holds_what_was_published_and_says_which_engine_computed_it(
    month_on_postgres: Computed,
) -> None:
    result, settings = month_on_postgres.result, month_on_postgres.settings
    assert result is not None and result.publication is not None
    assert not settings.marts_database.exists()
    built = [row for row in ops.read(settings, "build") if row["status"] == "complete"]
    assert {row["engine"] for row in built} == {"postgres"}
    with psycopg.connect(month_on_postgres.dsn) as connection:
        served = connection.execute(
            "select sum(rows) from ops.served where table_schema = 'marts'"
        ).fetchone()
        versions = connection.execute("select version, build_id from ops.publication").fetchall()
    assert served is not None and int(served[0]) == result.publication.rows
    assert versions == [(1, result.publication.build_id)]


def test_all_marts_are_compared(month: Month, month_on_postgres: Computed) -> None:
    assert month.result.context is not None and month.result.publication is not None
    compared = parity.compare(month.settings, month.result.context, month_on_postgres.context)
    assert sum(mart.rows[0] for mart in compared) == month.result.publication.rows
