"""A month repeated, made elsewhere, revised, looked at as of before, and stopped by a gate."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from e2e_home import (
    OCTOBER,
    PROJECT,
    SEPTEMBER,
    SPEC,
    Month,
    asn,
    digests,
    settings_over,
)

from asn_warehouse import archive, build, pipeline, publish, safe_marts
from asn_warehouse.errors import GateFailed
from asn_warehouse.pipeline import MonthResult
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import SimulationSpec, simulate

pytestmark = pytest.mark.slow
CLEAN = SimulationSpec(period=OCTOBER, months=1, agencies=3, people=400, faults_per_rule=0)
MODELS = (PROJECT / "dbt_project/models/marts").rglob("*.sql")
MARTS = 1 + len([p for p in MODELS if not p.name.startswith("int_")])  # dim_rule is one
BESIDE = {"publication_diff.parquet", "submissions.parquet"}
"""Files of a version that are no part of its content."""
SCHEMAS = ("safe", "open")
MAY_BE_EMPTY = {
    "recruitment_quality",
    "succession_bench",
    "succession_candidate",
    "program_exchange",
    "publication_diff",
}
"""Marts of few rows: a small month may have no selection, strategic position or exchange."""


def publication_folder(settings: Settings, version: int = 1) -> Path:
    return settings.warehouse / "publications" / str(OCTOBER) / f"v{version}"


def report_folder(settings: Settings) -> Path:
    return settings.report / str(OCTOBER) / "v1"


def served(settings: Settings) -> dict[str, tuple[int, object]]:
    """Return number of rows and an order-free digest of every served mart."""
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main'"
        ).fetchall()
        found = {
            name: connection.execute(
                f"select count(*), sum(hash(t)) from marts.{name} as t"
            ).fetchone()
            for (name,) in names
        }
    assert len(found) == MARTS
    assert {name for name, (count, _) in found.items() if not count} <= MAY_BE_EMPTY
    return found


Runs = dict[str, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def elsewhere(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Homes in which nothing has run: ``other`` has the same files, ``clean`` has no faults."""
    folder = tmp_path_factory.mktemp("elsewhere")
    simulate(settings_over(folder / "other"), SPEC)
    simulate(settings_over(folder / "clean"), CLEAN)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def runs(month: Month, elsewhere: Path) -> Iterator[Runs]:
    """Processes over those homes, one after the other, beside what the tests do here."""
    september, october = ("--period", str(SEPTEMBER)), ("--period", str(OCTOBER))
    moment = month.result.publication.published_at
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield {
            "ingest": pool.submit(asn, elsewhere / "other", "ingest", *september),
            "other": pool.submit(asn, elsewhere / "other", "run", *october, now=moment),
            "clean": pool.submit(asn, elsewhere / "clean", "run", *october),
        }


@dataclass(frozen=True)
class Again:
    """A copy of the month's home in which the month has run once more."""

    settings: Settings
    result: MonthResult


@pytest.fixture(scope="module")
def again(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Again]:
    home = tmp_path_factory.mktemp("again") / "home"
    shutil.copytree(month.settings.home, home)
    settings = settings_over(home)
    yield Again(settings, pipeline.run_month(settings, OCTOBER))
    shutil.rmtree(home)


def test_a_second_run_changes_no_byte_and_publishes_nothing_new(month: Month, again: Again) -> None:
    first, second = month.result.publication, again.result.publication
    assert first is not None and second is not None
    assert first.is_new and not second.is_new
    assert (second.version, second.content_sha256) == (1, first.content_sha256)
    assert month.result.context.build_id == again.result.context.build_id
    assert all(o.is_known for o in again.result.ingest.outcomes if o.submission_id)
    assert {o.status for o in again.result.ingest.outcomes} == {"ditolak"}
    for folder in ("lake", "vault"):
        before, after = month.settings.home / folder, again.settings.home / folder
        assert digests(after) == digests(before)
    for place in (publication_folder, report_folder):
        assert digests(place(again.settings)) == digests(place(month.settings))
    assert not publication_folder(again.settings, 2).exists()
    assert served(again.settings) == served(month.settings)


@pytest.fixture(scope="module")
def revised(month: Month, again: Again) -> Again:
    """The same home after an agency has sent a corrected file and the month has run."""
    (corrected,) = month.simulated.revisions
    place = corrected.relative_to(month.settings.simulation / "revisions")
    target = again.settings.landing / place
    assert target.read_bytes() != corrected.read_bytes()
    shutil.copy2(corrected, target)
    return Again(again.settings, pipeline.run_month(again.settings, OCTOBER, with_report=False))


def test_a_revision_becomes_version_2_and_leaves_version_1(month: Month, revised: Again) -> None:
    first, second = month.result.publication, revised.result.publication
    (outcome,) = [o for o in revised.result.ingest.outcomes if not o.is_known and o.submission_id]
    assert (outcome.file.dataset, outcome.revision) == ("peserta_pelatihan", 2)
    assert outcome.status == "diterima"
    assert second.is_new and second.version == 2
    assert second.content_sha256 != first.content_sha256
    assert second.as_of > first.as_of
    before = digests(publication_folder(month.settings))
    assert digests(publication_folder(revised.settings, 1)) == before
    assert served(revised.settings) != served(month.settings)


def test_what_version_2_changed_names_the_agency_and_dataset_that_caused_it(
    revised: Again,
) -> None:
    (outcome,) = [o for o in revised.result.ingest.outcomes if not o.is_known and o.submission_id]
    with duckdb.connect(str(revised.settings.marts_database), read_only=True) as connection:
        found = connection.execute(
            "select table_name, measure, rows_changed, caused_by from marts.publication_diff"
        ).fetchall()
    tables = {name for name, *_ in found}
    assert tables >= {"learning_hours", "submission_scorecard", "program_effectiveness"}
    assert not tables & {"service_satisfaction", "recruitment_quality", "dim_rule"}
    for _, _, _, caused_by in found:
        (cause,) = json.loads(caused_by)
        assert (cause["agency_code"], cause["dataset"], cause["revision"]) == (
            outcome.file.agency_code,
            "peserta_pelatihan",
            2,
        )
    assert ("submission_scorecard", "revisions", 1) in {row[:3] for row in found}


def test_as_of_before_the_revision_gives_the_earlier_content(
    month: Month, revised: Again, tmp_path: Path
) -> None:
    first, settings = month.result.publication, revised.settings
    context = build.build(settings, OCTOBER, as_of=first.as_of)
    assert context.build_id == first.build_id
    restricted = {
        name: bool(meta.get("restricted")) for name, meta in build.models(context, "marts").items()
    }
    made = archive.export(settings, context.database, OCTOBER, restricted, tmp_path)
    assert archive.content_sha256(made) == first.content_sha256
    assert publish.current(settings, OCTOBER).version == 2, "a build publishes nothing"


def test_a_failed_gate_says_what_is_wrong_and_leaves_the_publication_untouched(
    revised: Again, tmp_path: Path
) -> None:
    home = revised.settings.home
    project = tmp_path / "project"
    project.mkdir()
    for name in ("contracts", "dbt_project"):
        (project / name).symlink_to(PROJECT / name)
    shutil.copytree(PROJECT / "expectations", project / "expectations")
    path = project / "expectations" / "kinerja.json"
    suite = json.loads(path.read_text("utf-8"))
    (bound,) = [e for e in suite["expectations"] if e["meta"]["id"] == "kinerja.rows"]
    bound["kwargs"]["max_value"] = 7
    path.write_text(json.dumps(suite), encoding="utf-8")
    before = revised.settings.marts_database.read_bytes()
    contents = served(revised.settings)
    archived = digests(revised.settings.warehouse / "publications")

    with pytest.raises(GateFailed) as failed:
        pipeline.run_month(settings_over(home, project), OCTOBER)

    rows = duckdb.connect(str(home / "warehouse" / "build" / str(OCTOBER) / "build.duckdb"))
    with rows:
        query = "select count(*) from staging.stg_kinerja where source_period = period"
        (observed,) = rows.execute(query).fetchone()
    assert observed > 7
    message = str(failed.value)
    assert f"Gate datasets of {OCTOBER} failed, nothing is published." in message
    assert f"kinerja: kinerja.rows: observed {observed}, allowed" in message
    assert "7" in message.split("allowed", 1)[1].splitlines()[0]
    assert revised.settings.marts_database.read_bytes() == before
    assert served(revised.settings) == contents
    assert digests(revised.settings.warehouse / "publications") == archived
    assert publish.current(revised.settings, OCTOBER).version == 2


def test_the_same_files_in_another_home_give_the_same_bytes(
    month: Month, elsewhere: Path, runs: Runs
) -> None:
    """In a process of its own, which also says by its exit code that something was rejected."""
    settings = settings_over(elsewhere / "other")
    assert digests(settings.landing) == digests(month.settings.landing)
    ingested, ran = runs["ingest"].result(), runs["other"].result()
    assert ingested.returncode == 3, ingested.stderr
    assert ran.returncode == 3, ran.stderr
    assert f"{OCTOBER} version 1 published" in ran.stdout
    marts = digests(publication_folder(settings), "*.parquet")
    beside = BESIDE | {f"{schema}/{m.name}.parquet" for schema in SCHEMAS for m in safe_marts.MARTS}
    assert len(marts.keys() - beside) == MARTS - 1 and marts.keys() >= beside
    assert marts == digests(publication_folder(month.settings), "*.parquet")
    assert digests(report_folder(settings)) == digests(report_folder(month.settings))
    assert digests(settings.lake) == digests(month.settings.lake)
    assert digests(settings.outbox) == digests(month.settings.outbox)
    assert served(settings) == served(month.settings)


def test_a_month_without_faults_ends_with_exit_code_0(elsewhere: Path, runs: Runs) -> None:
    ran = runs["clean"].result()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(digests(elsewhere / "clean" / "landing")) == 50
    assert f"{OCTOBER} version 1 published" in ran.stdout
