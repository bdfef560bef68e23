"""Spark sees what was committed and nothing else, or it is said before a model runs."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from e2e_home import OCTOBER, Month
from on_spark import computing_on_spark

from asn_warehouse.engines import duckdb as embedded
from asn_warehouse.engines import spark, spark_lake
from asn_warehouse.engines.duckdb import Lake
from asn_warehouse.engines.schemas import candidate_schema
from asn_warehouse.errors import BuildFailed, ConfigurationError
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class Seen:
    """A candidate that sees the lake by both engines, and no model has run."""

    settings: Settings
    candidate: duckdb.DuckDBPyConnection
    lake: Lake
    directory: Path

    def see(self) -> int:
        """Let the cluster see the lake; return how many rows it counts."""
        return spark.see_lake(self.settings, self.candidate, self.lake, self.directory)

    def administer(self, *statements: str) -> None:
        """Run statements on the cluster, as somebody does by hand."""
        with spark.connect(self.settings) as connection:
            for statement in statements:
                connection.execute(statement)

    def assert_whole(self) -> int:
        """Assert again what ``see`` asserts."""
        with spark.connect(self.settings) as connection:
            return spark_lake.assert_whole(connection, self.candidate, self.lake, self.directory)


@pytest.fixture
def seen(month: Month, spark_home: Path, tmp_path: Path) -> Iterator[Seen]:
    """A candidate over a lake of its own, on the cluster of the month."""
    shutil.copytree(month.settings.home / "lake", tmp_path / "lake")
    shutil.copytree(month.settings.home / "reference", tmp_path / "reference")
    with computing_on_spark(spark_home) as running:
        host, port = spark.place(running)
        update = {"home": tmp_path, "spark_host": host, "spark_port": port}
        settings = running.model_copy(update=update)
        directory = tmp_path / "warehouse" / "build" / "seen" / str(OCTOBER)
        with embedded.connect(settings) as candidate:
            lake = embedded.see_lake(candidate, settings, OCTOBER, None)
            yield Seen(settings, candidate, lake, directory)
        spark.drop(settings, directory)


def test_a_file_that_was_never_committed_is_not_seen(seen: Seen) -> None:
    batch = seen.lake.batches["pegawai"][0].path
    shutil.copy2(batch, batch.with_name("b0000000000000000.parquet"))
    batch.with_name("b1111111111111111.parquet").write_bytes(b"half of a file")
    counted = seen.see()
    rows = sum(
        seen.candidate.execute(f'select count(*) from lake."{dataset}"').fetchall()[0][0]
        for dataset in seen.lake.batches
    )
    assert counted > rows > 10_000
    assert not spark.is_there(seen.settings, seen.directory.with_name("2026-09"))
    assert spark.is_there(seen.settings, seen.directory)


def test_a_partition_that_is_not_registered_is_said_before_a_model_runs(seen: Seen) -> None:
    seen.see()
    table = f"{candidate_schema(seen.directory, spark_lake.FILES)}.kinerja"
    seen.administer(f"alter table {table} drop partition (period = '2026-09')")
    with pytest.raises(BuildFailed, match=r"kinerja 2026-09 has \d+ committed rows, .* counts 0"):
        seen.assert_whole()


def test_a_partition_that_points_elsewhere_is_said(seen: Seen, tmp_path: Path) -> None:
    seen.see()
    table = f"{candidate_schema(seen.directory, spark_lake.FILES)}.pegawai"
    (tmp_path / "empty").mkdir()
    seen.administer(
        f"alter table {table} partition (period = '2026-10') set location '{tmp_path / 'empty'}'"
    )
    with pytest.raises(BuildFailed, match=r"pegawai 2026-10 has \d+ committed rows, .* counts 0"):
        seen.assert_whole()


def test_a_file_with_other_rows_than_were_committed_stops_the_build(seen: Seen) -> None:
    batch = seen.lake.batches["pegawai"][0].path
    fewer = f"(from read_parquet('{batch}', hive_partitioning = false) limit 7)"
    duckdb.sql(f"copy {fewer} to '{batch}.less' (format parquet)")
    batch.with_name(f"{batch.name}.less").replace(batch)
    with pytest.raises(BuildFailed, match=r"pegawai .* committed rows, and it counts 7"):
        seen.see()


def test_another_home_s_candidate_is_left_alone(seen: Seen, tmp_path: Path) -> None:
    seen.see()
    other = seen.settings.model_copy(update={"home": tmp_path / "other"})
    with pytest.raises(ConfigurationError, match="for another home"):
        spark.drop(other, seen.directory)
    assert spark.is_there(seen.settings, seen.directory)
