"""A publisher that is killed anywhere leaves a readable store, and the next one finishes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from candidates import make_candidate, served_rows, settings_of

from asn_warehouse import archive, ops, publish
from asn_warehouse.periods import Period

OCTOBER = Period.parse("2026-10")

Rows = dict[str, list[tuple[object, ...]]]

VICTIM = """
import os, signal, sys
from pathlib import Path
from candidates import settings_of
from asn_warehouse import build, publish
from asn_warehouse.periods import Period

home, at, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def step(name):
    if name == at:
        if how == "exit":
            os._exit(9)
        os.kill(os.getpid(), signal.SIGKILL)

settings = settings_of(home)
publish.publish(settings, build.load_context(settings, Period.parse("2026-10")), step)
"""

STEPS = [
    "exported",
    "compared",
    "protected",
    "archived",
    "loaded gap_agency",
    "loaded scorecard",
    "built",
    "synced",
    "swapped",
]


def kill_at(home: Path, step: str, how: str) -> None:
    paths = os.pathsep.join(str(p) for p in (Path(__file__).parents[1], Path(__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, str(home), step, how],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (9, -signal.SIGKILL), done.stderr


@dataclass(frozen=True)
class Undisturbed:
    """A home with two months, and what publishing one of them anew gives when nobody is killed."""

    home: Path
    before: Rows
    expected: publish.Publication
    after: Rows
    marts: tuple[archive.Mart, ...]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    settings, clean = settings_of(folder / "home"), settings_of(folder / "clean")
    publish.publish(settings, make_candidate(settings, "2026-09", seed=1))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    shutil.copytree(settings.home, clean.home)
    expected = publish.publish(clean, make_candidate(clean, "2026-10", seed=3))
    marts = archive.load(clean, OCTOBER, 2).marts
    return Undisturbed(settings.home, served_rows(settings), expected, served_rows(clean), marts)


@pytest.mark.parametrize(
    ("step", "how"), [*((step, "sigkill") for step in STEPS), ("built", "exit")]
)
def test_killed_publisher_leaves_the_old_or_the_new_month_and_the_next_one_finishes(
    tmp_path: Path, undisturbed: Undisturbed, step: str, how: str
) -> None:
    settings = settings_of(tmp_path / "killed")
    shutil.copytree(undisturbed.home, settings.home)
    before, after, expected = undisturbed.before, undisturbed.after, undisturbed.expected

    make_candidate(settings, "2026-10", seed=3)
    kill_at(settings.home, step, how)
    assert served_rows(settings) == (after if step == "swapped" else before)
    assert publish.current(settings, OCTOBER).version == (2 if step == "swapped" else 1)

    again = publish.publish(settings, make_candidate(settings, "2026-10", seed=3))
    assert again.is_new == (step != "swapped")
    assert (again.version, again.content_sha256) == (2, expected.content_sha256)
    assert served_rows(settings) == after
    archived = archive.load(settings, OCTOBER, 2)
    archive.verify(settings, archived)
    assert archived.marts == undisturbed.marts
    journal = ops.read(settings, "publication")
    assert [(row["period"], row["version"]) for row in journal] == [
        ("2026-09", 1),
        ("2026-10", 1),
        ("2026-10", 2),
    ]
    left = [p.name for p in settings.warehouse.rglob(".*")]
    assert left == [], "what killed publishers left is cleared away"


def test_first_publication_killed_before_the_swap_serves_nothing_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    make_candidate(settings, "2026-10")
    kill_at(tmp_path, "synced", "sigkill")
    assert not settings.marts_database.exists()
    assert publish.current(settings, OCTOBER) is None
    assert publish.publish(settings, make_candidate(settings, "2026-10")).version == 1
    assert len(served_rows(settings)["gap_person"]) == 50


def test_readers_never_see_an_empty_or_a_mixed_month_while_months_are_published(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    for period in ("2026-09", "2026-10"):
        publish.publish(settings, make_candidate(settings, period, seed=1, people=40))
    stop, seen, wrong = threading.Event(), [0], []

    def read() -> None:
        while not stop.is_set():
            with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
                found = connection.execute(
                    """
                    select period, (select sum(people) from marts.gap_agency as a
                                    where a.period = p.period), count(*)
                    from marts.gap_person as p group by period order by period
                    """
                ).fetchall()
            seen[0] += 1
            if len(found) != 2 or any(total != people for _, total, people in found):
                wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for seed in range(2, 7):
            for period in ("2026-09", "2026-10"):
                context = make_candidate(settings, period, seed=seed, people=40 + seed)
                publish.publish(settings, context)
    finally:
        stop.set()
        reader.join()
    assert wrong == []
    assert seen[0] >= 10, "the reader must have looked while months were swapped"
