"""Rotation and erasure that are killed anywhere: all or nothing, and the next run ends it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from e2e_home import KEY, environment
from pydantic import SecretStr
from support import Home
from vault_home import HER, MONTHS, files, people_home, pseudonyms

from asn_warehouse import audit, erasure, rotation, switching, vault
from asn_warehouse.errors import UsageError
from asn_warehouse.settings import Settings

pytestmark = pytest.mark.slow

REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"
ROTATION = ["staged"] * 7 + ["prepared", "committed"] + ["replaced"] * 7 + ["removed", "recorded"]
ERASURE = ["staged"] * 6 + ["prepared", "committed"] + ["replaced"] * 6
ERASURE += ["removed", "removed", "recorded"]
EVERY = os.environ.get("ASN_TEST_EVERY_KILL") == "1"
"""Whether to kill at each step; else only where something else is done than at the step before."""


def moments(steps: list[str]) -> list[int]:
    """Return after how many steps to kill: of many alike only the first and the last."""
    return [
        at
        for at, name in enumerate(steps)
        if EVERY or {name} != {*steps[max(at - 1, 0) : at + 2]} or at == 0
    ]


VICTIM = """
import os, signal, sys
from pathlib import Path
from asn_warehouse import erasure, rotation
from asn_warehouse.settings import get_settings

kind, left, seen = sys.argv[1], int(sys.argv[2]), []

def step(name):
    seen.append(name)
    if len(seen) > left:
        os.kill(os.getpid(), signal.SIGKILL)

if kind == "rotate":
    rotation.rotate(get_settings(), "letter ND-31/2026", step=step)
else:
    erasure.erase(get_settings(), "letter ND-31/2026", nip=sys.argv[3], step=step)
print(",".join(seen))
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return people_home(tmp_path_factory.mktemp("original") / "home")


@pytest.fixture
def home(original: Home, tmp_path: Path) -> Home:
    shutil.copytree(original.settings.home, tmp_path / "home")
    return Home(original.settings.model_copy(update={"home": tmp_path / "home"}))


def victim(home: Home, kind: str, left: int) -> subprocess.CompletedProcess[str]:
    """Run ``kind`` over a home in a process that dies after ``left`` steps."""
    return subprocess.run(
        [sys.executable, "-c", VICTIM, kind, str(left), HER["nip"]],
        env={**environment(home.settings.home), "ASN_NEW_PSEUDONYM_KEY": NEW},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def keys_of(home: Home) -> dict[str, list[str]]:
    """Return the pseudonyms of October by dataset."""
    places = {"pegawai": "person_key", "kinerja": "person_key"}
    places |= {"survei_kepuasan_masyarakat": "respondent_key"}
    return {name: pseudonyms(home, name, column)[MONTHS[0]] for name, column in places.items()}


def assert_nothing_lies_about(settings: Settings) -> None:
    left = [path.name for path in files(settings.home) if "staged" in path.name]
    assert left == []
    assert not (settings.vault / "switch.json").exists()


def under(home: Home, key: str) -> Home:
    return Home(home.settings.model_copy(update={"pseudonym_key": SecretStr(key)}))


def test_the_steps_at_which_they_are_killed_are_all_there_are(home: Home) -> None:
    done = victim(home, "rotate", 99)
    assert done.stdout.strip().split(",") == ROTATION, done.stderr
    done = victim(under(home, NEW), "erase", 99)
    assert "not the key" in done.stderr


def test_the_steps_of_an_erasure_are_all_there_are(home: Home) -> None:
    done = victim(home, "erase", 99)
    assert done.stdout.strip().split(",") == ERASURE, done.stderr


@pytest.mark.parametrize("left", moments(ROTATION))
def test_a_killed_rotation_is_all_or_nothing_and_is_ended_by_the_next_run(
    original: Home, home: Home, left: int
) -> None:
    before = keys_of(original)
    assert victim(home, "rotate", left).returncode == -signal.SIGKILL
    is_committed = left >= ROTATION.index("committed")

    if left % 2:
        # Whoever writes next finds it, not only another rotation.
        present = under(home, NEW if is_committed else KEY)
        present.ingest(MONTHS[1])
        found = pseudonyms(present, "pegawai", "person_key")
        assert found[MONTHS[0]] == found[MONTHS[1]]
        assert (found[MONTHS[0]] == before["pegawai"]) is not is_committed
        assert_nothing_lies_about(home.settings)
        rows = [row["action"] for row in audit.rows(home.settings)]
        assert rows == (["rotate"] if is_committed else [])
        return

    settings = home.settings.model_copy(update={"new_pseudonym_key": SecretStr(NEW)})
    done = rotation.rotate(settings, REASON)
    assert done.was_interrupted is is_committed
    assert (done.files, done.verified) == (4, 4)
    assert_nothing_lies_about(settings)
    after = keys_of(home)
    for name, keys in before.items():
        assert [vault.pseudonym(NEW.encode(), key) for key in keys] == after[name]
    assert len(vault.pseudonym_keys(under(home, NEW).settings)) == 2, "rotated once"
    assert [row["action"] for row in audit.rows(settings)] == ["rotate"]


@pytest.mark.parametrize("left", moments(ERASURE))
def test_a_killed_erasure_is_all_or_nothing_and_is_ended_by_the_next_run(
    original: Home, home: Home, left: int
) -> None:
    before = keys_of(original)
    assert victim(home, "erase", left).returncode == -signal.SIGKILL

    done = erasure.erase(home.settings, REASON, nip=HER["nip"])
    assert (done.lake_rows, done.identities, done.rejected_rows) == (2, 1, 1)
    assert_nothing_lies_about(home.settings)
    (proof,) = (home.settings.vault / "erasures").iterdir()
    assert proof.stem == done.erasure_id
    rows = [row["action"] for row in audit.rows(home.settings)]
    assert rows == ["erase"]
    after = keys_of(home)
    gone = {key for name in before for key in {*before[name]} - {*after[name]}}
    assert gone == {vault.pseudonym(KEY.encode(), HER["nip"])}
    with pytest.raises(UsageError):
        erasure.erase(home.settings, REASON, nip=HER["nip"])


def test_a_build_finishes_a_killed_switch_before_it_reads(home: Home) -> None:
    assert victim(home, "rotate", ROTATION.index("committed") + 2).returncode == -signal.SIGKILL
    assert (home.settings.vault / "switch.json").exists()
    switching.settle(home.settings)
    assert_nothing_lies_about(home.settings)
    assert len(vault.pseudonym_keys(under(home, NEW).settings)) == 2
