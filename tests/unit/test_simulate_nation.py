"""A small nation: as much about each person as the nation's agencies hold, written in threads."""

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asn_warehouse.cli import app
from asn_warehouse.periods import Period
from asn_warehouse.settings import get_settings
from asn_warehouse.simulate import NATIONAL, SimulationSpec, simulate

NATION = {**NATIONAL, "agencies": 6, "people": 2_400}
PER_PERSON = {
    "pegawai": 1,
    "penilaian_kompetensi": 11,
    "peserta_pelatihan": 3.8,
    "kinerja": 1.5,
    "survei_pelatihan": 1.9,
    "survei_kepuasan_kerja": 1,
}
"""Rows of the first month: ten assessments of the last three years are eleven of four, three
courses a year are 3.8 in fifteen months, and of two years' appraisals some are not due yet."""


def written(home: Path, months: int) -> dict[str, str]:
    spec = SimulationSpec(period=Period(2026, 10), **NATION | {"months": months})
    result = simulate(get_settings(home), spec)
    for name, expected in PER_PERSON.items():
        if months == 1:
            assert result.rows[name] / spec.people == pytest.approx(expected, rel=0.1), name
    assert result.faults == 0
    paths = sorted(path for path in home.rglob("*") if path.is_file())
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def test_each_person_has_as_many_rows_as_in_the_nation(tmp_path: Path) -> None:
    assert len(written(tmp_path, months=1)) > 6 * 14


def test_threads_write_the_same_bytes_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    several = written(tmp_path / "several", months=2)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert written(tmp_path / "one", months=2) == several


def test_the_command_writes_a_nation_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASN_HOME", str(tmp_path))
    sizes = ["--agencies", "3", "--people", "400"]
    answer = CliRunner().invoke(app, ["simulate", "--nation", "--period", "2026-10", *sizes])
    assert answer.exit_code == 0, answer.output
    assert {path.name for path in (tmp_path / "landing").iterdir()} == {"2026-10"}
    lines = (tmp_path / "landing" / "2026-10" / "7871" / "pegawai.csv").read_bytes().splitlines()
    assert 50 < len(lines) < 400
    assert (tmp_path / "simulation" / "truth.csv").read_text().count("\n") == 1, "no faults"
