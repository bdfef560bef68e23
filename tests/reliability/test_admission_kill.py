"""Admission that is killed anywhere shows nothing half, and the next run ends in the same bytes."""

import hashlib
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from e2e_home import OCTOBER, SPEC, Month, digests, environment, settings_over

from asn_warehouse import admission, archive, build
from asn_warehouse.contracts import datasets
from asn_warehouse.lake import read_submissions
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import simulate

pytestmark = pytest.mark.slow

DATASETS = {"pegawai", "peserta_pelatihan", "standar_kompetensi", "gaji"}
"""What is left of the landed files, so that a run takes seconds; the last is refused."""

VICTIM = """
import os, signal, sys, threading
from contextlib import contextmanager
from pathlib import Path

from asn_warehouse import lake
from asn_warehouse.admission import commits, ingest, receipts, rejects, storing
from e2e_home import OCTOBER, settings_over

settings, point, left = settings_over(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])

def reach(name):
    global left
    if name == point:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

def half(temporary, name):
    if name == point and left == 0:
        size = temporary.stat().st_size
        with temporary.open("r+b") as file:
            file.truncate(size // 2)
    reach(name)

def watched(real):
    @contextmanager
    def replacing(path, **options):
        kind = path.relative_to(settings.home).parts[0]
        if "submission" in path.parts:
            kind = "commit"
        if path.name.endswith(".ditolak.xlsx"):
            kind = "workbook"
        with real(path, **options) as temporary:
            yield temporary
            half(temporary, f"{kind} half written")
        reach(f"{kind} written")
    return replacing

for module in (lake, storing, rejects, receipts):
    module.replacing = watched(module.replacing)

def before_commit(*arguments, real=commits.commit):
    reach("before commit")
    real(*arguments)

commits.commit = before_commit

def watch():
    while not list(settings.lake.glob("*/*/.*.tmp")):
        pass
    reach("copying")

if point == "copying":
    threading.Thread(target=watch, daemon=True).start()
ingest(settings, OCTOBER)
print("nothing killed it")
"""

POINTS = [
    ("copying", 0),
    ("lake half written", 1),
    ("lake written", 0),
    ("vault written", 1),
    ("outbox half written", 9),
    ("workbook half written", 1),
    ("outbox written", 12),
    ("before commit", 1),
    ("commit half written", 2),
    ("commit written", 0),
    ("commit written", 2),
]
"""Where the process is killed, and how many times it passes there before."""


def kill_at(home: Path, point: str, times: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, str(home), point, str(times)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def committed(settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of every file that the commit log makes visible, and of its own files.

    Fails where a batch that is committed lacks the rows that its submissions promise.
    """
    log = read_submissions(settings).to_pylist()
    ids = [row["submission_id"] for row in log]
    assert len(ids) == len(set(ids)), "a submission is in the log twice"
    batches = {row["batch_id"] for row in log}
    found = {}
    for root in (settings.lake, settings.vault / "identity", settings.vault / "rejected"):
        for path in sorted(root.rglob("*.parquet")):
            if path.stem in batches:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[path.relative_to(settings.home).as_posix()] = digest
    for row in log:
        if row["rows_accepted"]:
            place = f"lake/{row['dataset']}/period={row['period']}/{row['batch_id']}.parquet"
            assert place in found, "a submission is in the log without its rows"
    return found


def assert_nothing_half_visible(settings: Settings) -> None:
    """Assert that a build sees exactly the accepted rows of the submissions in the log."""
    log = read_submissions(settings).to_pylist()
    if not any(row["rows_accepted"] for row in log):
        return
    context = build.prepare(settings, OCTOBER)
    with duckdb.connect(str(context.database), read_only=True) as connection:
        for name in datasets(settings):
            seen = connection.execute(
                f"select submission_id, count(*) from lake.{name} group by 1"
            ).fetchall()
            told = {r["submission_id"]: r["rows_accepted"] for r in log if r["dataset"] == name}
            assert dict(seen) == {key: rows for key, rows in told.items() if rows}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with landed files, faults among them, before any admission."""
    home = tmp_path_factory.mktemp("landed") / "home"
    spec = SPEC.model_copy(update={"agencies": 4, "people": 400, "months": 1})
    simulate(settings_over(home), spec)
    for path in (home / "landing").rglob("*"):
        if path.is_file() and path.name.split(".")[0] not in DATASETS:
            path.unlink()
    return home


@pytest.fixture(scope="module")
def undisturbed(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same home after an admission that nobody disturbed."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(landed, home)
    settings = settings_over(home)
    admission.ingest(settings, OCTOBER)
    assert len(committed(settings)) > 8
    return settings


@pytest.mark.parametrize(("point", "times"), POINTS)
def test_killed_admission_shows_nothing_half_and_the_next_run_ends_in_the_same_bytes(
    landed: Path, undisturbed: Settings, tmp_path: Path, point: str, times: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(landed, home)
    settings = settings_over(home)
    expected = committed(undisturbed)

    kill_at(home, point, times)
    between = committed(settings)
    assert between.items() <= expected.items()
    assert len(between) < len(expected), "it was killed after its last commit"
    assert_nothing_half_visible(settings)
    workbooks = [path for path in digests(home / "outbox") if "ditolak" in path]
    modes = {(home / "outbox" / path).stat().st_mode & 0o777 for path in workbooks}
    assert modes <= {0o600}

    admission.ingest(settings, OCTOBER)
    assert committed(settings) == expected
    assert not list(home.rglob(".*.tmp")), "what the killed run left is cleared away"
    assert digests(settings.outbox) == digests(undisturbed.outbox)
    assert read_submissions(settings).equals(read_submissions(undisturbed))
    assert_nothing_half_visible(settings)
    known = admission.ingest(settings, OCTOBER)
    assert committed(settings) == expected, "a third run changes nothing"
    assert all(outcome.status == "ditolak" for outcome in known.outcomes)


def test_a_month_killed_again_and_again_gives_the_marts_of_an_undisturbed_one(
    tmp_path: Path, month: Month
) -> None:
    undisturbed, publication = month.settings, month.result.publication
    assert publication is not None
    home = tmp_path / "home"
    for name in ("landing", "reference", "lake", "vault", "outbox"):
        shutil.copytree(undisturbed.home / name, home / name)
    for name in ("lake", "vault", "outbox"):
        for place in [*(home / name).rglob(f"period={OCTOBER}"), home / name / str(OCTOBER)]:
            shutil.rmtree(place, ignore_errors=True)
    settings = settings_over(home)
    assert committed(settings).items() < committed(undisturbed).items()

    for point, times in (("lake written", 1), ("before commit", 4), ("commit written", 1)):
        kill_at(home, point, times)
    admission.ingest(settings, OCTOBER)
    assert committed(settings) == committed(undisturbed)
    assert digests(settings.outbox) == digests(undisturbed.outbox)

    context = build.build(settings, OCTOBER)
    assert context.build_id == publication.build_id
    names = dict.fromkeys(build.models(context, "marts"), False)
    (tmp_path / "marts").mkdir()
    marts = archive.export(settings, context.database, OCTOBER, names, tmp_path / "marts")
    assert archive.content_sha256(marts) == publication.content_sha256
