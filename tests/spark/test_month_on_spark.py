"""A month run on a cluster, from the files to the report: the same as the embedded engine's."""

import sys

import psycopg
import pytest
from access_server import forget_roles
from e2e_home import Month, digests
from month_access import LOGINS, assert_protected, assert_read_as_declared
from on_spark import OnSpark, computing_on_spark
from postgres_server import Server

from asn_warehouse import ops, parity


def test_every_mart_is_the_same_row_for_row(
    month: Month, month_on_spark: OnSpark, capsys: pytest.CaptureFixture[str]
) -> None:
    made = month.result.context
    assert made is not None
    compared = parity.compare(month.settings, made, month_on_spark.context)
    assert len(compared) >= 25
    assert sum(1 for mart in compared if min(mart.rows) > 0) >= len(compared) - 1
    assert {mart.mart: mart for mart in compared if not mart.is_equal} == {}
    rows = sum(mart.rows[0] for mart in compared)
    farthest = max(mart.largest for mart in compared)
    seconds = month_on_spark.result.seconds
    with capsys.disabled():
        sys.stdout.write(f"\nspark: {len(compared)} marts, {rows} rows, {farthest:.1e} apart\n")
        sys.stdout.write("".join(f"  {s:<24} {n:7.1f} s\n" for s, n in seconds.items()))


def test_the_same_content_is_published(month: Month, month_on_spark: OnSpark) -> None:
    embedded, shared = month.result.publication, month_on_spark.result.publication
    assert embedded is not None and shared is not None
    assert shared.content_sha256 == embedded.content_sha256
    assert shared.rows == embedded.rows > 0
    assert shared.is_new and shared.version == 1


def test_the_report_has_the_same_bytes(month: Month, month_on_spark: OnSpark) -> None:
    embedded, shared = month.result.report, month_on_spark.result.report
    assert embedded is not None and shared is not None
    assert digests(shared.directory) == digests(embedded.directory)


def test_the_gates_look_at_the_same_rows(month: Month, month_on_spark: OnSpark) -> None:
    seen = [
        [
            (suite.suite, suite.expectations, suite.inspected_rows, suite.not_inspected)
            for gate in result.gates
            for suite in gate.suites
        ]
        for result in (month.result, month_on_spark.result)
    ]
    assert seen[0] == seen[1]
    assert sum(rows for _, _, rows, _ in seen[0]) > 10_000


def test_the_build_is_known_as_spark_s(month_on_spark: OnSpark) -> None:
    with computing_on_spark(month_on_spark.home, month_on_spark.dsn) as settings:
        built = [row for row in ops.read(settings, "build") if row["status"] == "complete"]
    assert {row["engine"] for row in built} == {"spark"}


def test_what_is_served_is_read_as_declared(
    month_on_spark: OnSpark, postgres_server: Server
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(month_on_spark.dsn)["dbname"]
    dsn = postgres_server.database(str(name))
    assert_protected(dsn)
    try:
        assert_read_as_declared(dsn)
    finally:
        forget_roles(dsn, (*LOGINS,))
