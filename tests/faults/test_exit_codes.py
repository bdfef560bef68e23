"""The exit code in one figure: 0 done, 1 failed, 2 wrong use, 3 refused or rejected."""

from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_home import asn
from faults.catalogue import Case
from faults.every import CASES
from support import AGENCY, PERIOD, Home

BY_ID = {case.id: case for case in CASES}
MONTH = ("--period", PERIOD)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("quotes-inside", 0),
        ("cell-thousandth", 0),
        ("nip-float", 3),
        ("locked", 3),
        ("json-cut", 3),
    ],
)
def test_check_and_ingest_end_with_the_same_code(home: Home, id: str, code: int) -> None:
    case = BY_ID[id]
    path = land(home, case)
    agency = ("--agency", AGENCY)
    checked = asn(
        home.settings.home, "check", str(path), "--dataset", case.dataset, *agency, *MONTH
    )
    assert checked.returncode == code, checked.stderr
    assert case.answer.says in " ".join(checked.stdout.split())
    ingested = asn(home.settings.home, "ingest", *MONTH)
    assert ingested.returncode == code, ingested.stderr
    for rule in filter(None, (case.answer.refusal,)):
        assert rule in ingested.stdout
    again = asn(home.settings.home, "ingest", *MONTH)
    assert (again.returncode, again.stderr) == (0, "")
    assert "Nothing new" in again.stdout


def land(home: Home, case: Case) -> Path:
    path = home.settings.landing / PERIOD / AGENCY / case.name
    path.parent.mkdir(parents=True)
    case.write(path)
    return path


def lose_reference(home: Home) -> None:
    for path in home.settings.reference.iterdir():
        path.unlink()


def spoil_log(home: Home) -> None:
    folder = home.settings.lake / "submission" / f"period={PERIOD}"
    folder.mkdir(parents=True)
    (folder / "b.parquet").write_bytes(b"PAR1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "spoil", "code"),
    [
        (("ingest", "--period", "2026-13"), None, 2),
        (("ingest", "--period", "../2026-10"), None, 2),
        (("ingest", *MONTH, "--agency", "../7471"), None, 2),
        (("check", "tidak-ada.csv", "--agency", AGENCY, *MONTH), None, 2),
        (("ingest", *MONTH), lose_reference, 1),
        (("ingest", *MONTH), spoil_log, 1),
    ],
    ids=["month", "path", "agency", "file", "reference", "log"],
)
def test_wrong_use_ends_with_two_and_a_broken_home_with_one(
    home: Home,
    arguments: tuple[str, ...],
    spoil: Callable[[Home], None] | None,
    code: int,
) -> None:
    land(home, BY_ID["quotes-inside"])
    if spoil is not None:
        spoil(home)
    ended = asn(home.settings.home, *arguments)
    assert ended.returncode == code, (ended.stdout, ended.stderr)
    assert not list(home.settings.lake.rglob("*/jabatan/*"))
