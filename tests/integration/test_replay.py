"""Replay: rejected rows are judged again; what passes is a new revision, and nothing else moves."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from support import AGENCY, GOOD, NIPS, OTHER, PERIOD, Home, csv_text, make_home
from typer.testing import CliRunner

from asn_warehouse import admission
from asn_warehouse.admission import commits
from asn_warehouse.cli import app
from asn_warehouse.contracts import dataset
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import PROJECT_DIR

RECORD = ("nip", "jenis", "tanggal", "nilai")
RULE = "rekam_jejak.jenis.code"
ROWS = [
    [NIPS[0], "PENGHARGAAN", "2026-08-17", 80],
    [NIPS[1], "MENTOR_NASIONAL", "2026-08-17", 70],
    [NIPS[2], "MENTOR_NASIONAL", "2026-08-18", "abc"],
    [NIPS[3], "MENTOR_NASIONAL", "2026-08-19", 90],
    [NIPS[3], "MENTOR_NASIONAL", "2026-08-19", 90],
    [NIPS[4], "MENTOR_NASIONAL", "2026-08-20", 60],
    [NIPS[4], "MENTOR_NASIONAL", "2026-08-20", 61],
    [NIPS[5], "PIAGAM", "2026-08-21", 75],
    [NIPS[0], "PENGHARGAAN", "2026-08-17", 80],
]
"""Row 2 is sound; the code of rows 3, 5 and 6 may come to be; 4, 7, 8, 9, 10 stay what they are."""


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a copy of the project whose code list ``talent_record`` has one more line."""

    def copy(name: str, line: str) -> Path:
        target = tmp_path / name
        shutil.copytree(PROJECT_DIR / "contracts", target / "contracts")
        shutil.copytree(PROJECT_DIR / "dbt_project" / "seeds", target / "dbt_project" / "seeds")
        seed = target / "dbt_project" / "seeds" / "codes" / "code_talent_record.csv"
        seed.write_text(seed.read_text("utf-8") + line, "utf-8")
        return target

    return copy


@pytest.fixture
def landed(tmp_path: Path) -> Home:
    """A home in which the records of one agency are half rejected, another's files are sound."""
    home = make_home(tmp_path / "home")
    home.land("rekam_jejak.csv", csv_text(RECORD, ROWS))
    home.land("kinerja.csv", GOOD, agency=OTHER)
    home.ingest()
    return home


def under(home: Home, project_dir: Path) -> Home:
    return Home(home.settings.model_copy(update={"project_dir": project_dir}))


def tree(home: Home) -> dict[str, bytes]:
    folders = (home.settings.lake, home.settings.vault, home.settings.outbox)
    return {
        str(path.relative_to(home.settings.home)): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_code_list_that_gains_a_value_admits_exactly_the_rows_that_named_it(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    assert [row["row_number"] for row in landed.lake("rekam_jejak")] == [2]
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    (result,) = admission.replay(home.settings, rule=RULE)
    assert (result.agency_code, result.dataset, result.revision) == (AGENCY, "rekam_jejak", 2)
    assert (result.rejected_before, result.admitted, result.rejected_after) == (8, 2, 6)
    rows = home.lake("rekam_jejak")
    assert [(row["row_number"], row["jenis"]) for row in rows] == [
        (2, "PENGHARGAAN"), (3, "MENTOR_NASIONAL"), (5, "MENTOR_NASIONAL"),
    ]  # fmt: skip
    assert len({row["person_key"] for row in rows}) == 3
    stays = {str(row[4]): row[5] for row in home.rejects("rekam_jejak")[1:]}
    assert sorted(stays, key=int) == ["4", "6", "7", "8", "9", "10"]
    assert "MENTOR_NASIONAL" not in stays["4"] and "PIAGAM" in stays["9"]
    first, second = (row for row in home.log() if row["dataset"] == "rekam_jejak")
    assert second["rows_read"] == second["rows_accepted"] + second["rows_rejected"] == 9
    assert (first["rows_replayed"], second["rows_replayed"]) == (0, 2)
    assert second["received_at"] > first["received_at"]
    assert first["file_sha256"] == second["file_sha256"]


def test_a_second_replay_changes_not_one_byte(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    admission.replay(home.settings)
    before = tree(home)
    (again,) = admission.replay(home.settings)
    assert (again.admitted, again.revision) == (0, 2)
    assert tree(home) == before


def test_two_replays_add_up_and_an_ingest_between_them_brings_nothing_back(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    admission.replay(home.settings, rule=RULE)
    assert not home.ingest()
    last = under(landed, project("last", "MENTOR_NASIONAL,a,b\nPIAGAM,Piagam,Charter\n"))
    (result,) = admission.replay(last.settings, period=Period.parse(PERIOD))
    assert (result.admitted, result.revision) == (1, 3)
    assert [row["row_number"] for row in last.lake("rekam_jejak")] == [2, 3, 5, 9]
    assert [row["rows_replayed"] for row in last.log() if row["dataset"] == "rekam_jejak"] == [
        0, 2, 3,
    ]  # fmt: skip


def test_a_replay_of_another_rule_agency_or_month_leaves_the_rows_alone(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    before = tree(home)
    assert not admission.replay(home.settings, agencies=[OTHER])
    assert not admission.replay(home.settings, period=Period.parse("2026-11"))
    assert not admission.replay(home.settings, dataset_names=["kinerja"])
    assert not admission.replay(home.settings, rule="rekam_jejak.future_date")
    assert tree(home) == before


def test_a_file_of_which_no_row_was_admitted_is_admitted_by_a_replay(
    tmp_path: Path, project: Callable[[str, str], Path]
) -> None:
    home = make_home(tmp_path / "home")
    home.land("rekam_jejak.csv", csv_text(RECORD, ROWS[1:2]))
    assert home.ingest()[AGENCY, "rekam_jejak.csv"].refusal_rule == "file.all_rejected"
    home = under(home, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    (result,) = admission.replay(home.settings)
    assert (result.admitted, result.rejected_after) == (1, 0)
    assert home.log()[-1]["status"] == home.receipt("rekam_jejak")["status"] == "diterima"
    assert not home.ingest()


def test_rows_that_the_agency_has_replaced_since_are_not_replayed(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    landed.land("rekam_jejak.csv", csv_text(RECORD, ROWS[:1]))
    landed.ingest()
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    assert not admission.replay(home.settings)
    assert [row["row_number"] for row in home.lake("rekam_jejak")] == [2]


def test_identities_and_warnings_of_a_roster_follow_the_replayed_revision(
    tmp_path: Path, project: Callable[[str, str], Path]
) -> None:
    home = make_home(tmp_path / "home")
    example = {c.name: c.example for c in dataset(home.settings, "pegawai").columns}
    header = list(example)
    sound = {**example, "nip": NIPS[200], "jenis_kelamin": "P"}
    rows = [sound, {**sound, "nip": NIPS[201], "kedudukan_hukum": "Z9"}]
    home.land("pegawai.csv", csv_text(header, [[row[name] for name in header] for row in rows]))
    assert home.ingest()[AGENCY, "pegawai.csv"].rows_rejected == 1
    later = project("later", "")
    seed = later / "dbt_project" / "seeds" / "codes" / "code_legal_standing.csv"
    fields = len(seed.read_text("utf-8").splitlines()[0].split(",")) - 3
    seed.write_text(seed.read_text("utf-8") + "Z9,Baru,New" + "," * fields + "\n", "utf-8")
    home = under(home, later)
    (result,) = admission.replay(home.settings)
    assert (result.admitted, result.rejected_after) == (1, 0)
    warned = [row["warnings"] for row in home.lake("pegawai")]
    assert len(warned) == 2 and all("pegawai.nip_sex" in text for text in warned)
    (reason,) = [r for r in home.receipt("pegawai")["alasan"] if r["aturan"] == "pegawai.nip_sex"]
    assert (reason["jumlah_baris"], reason["contoh_baris"]) == (2, 2)
    kept = home.settings.vault / "identity" / "pegawai" / f"period={PERIOD}" / "*.parquet"
    with duckdb.connect() as connection:
        names = connection.execute(
            f"select submission_id, nip from read_parquet('{kept}', hive_partitioning = false)"
        ).fetchall()
    standing = home.log()[-1]["submission_id"]
    assert sorted(nip for submission, nip in names if submission == standing) == [
        NIPS[200], NIPS[201],
    ]  # fmt: skip


def test_an_unknown_rule_is_wrong_use_and_rejected_rows_left_over_are_told(
    landed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"'rekam_jejak\.jenis\.kode' is not known"):
        admission.replay(landed.settings, rule="rekam_jejak.jenis.kode")
    monkeypatch.setenv("ASN_HOME", str(landed.settings.home))
    monkeypatch.setenv("ASN_PSEUDONYM_KEY", landed.settings.pseudonym_key.get_secret_value())
    told = CliRunner().invoke(app, ["replay", "--rule", RULE, "--period", PERIOD])
    assert told.exit_code == 3
    assert "1 submissions judged again: 0 rows admitted, 8 still rejected" in told.output


def test_the_vault_keeps_what_stays_rejected_under_the_new_revision(
    landed: Home, project: Callable[[str, str], Path]
) -> None:
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    admission.replay(home.settings)
    (last,) = (row for row in home.log() if row["revision"] == 2)
    kept = home.settings.vault / "rejected" / "rekam_jejak" / f"period={PERIOD}"
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select row_number, cells from read_parquet('{kept}/{last['batch_id']}.parquet')"
            " order by 1"
        ).fetchall()
    assert [number for number, _ in rows] == [4, 6, 7, 8, 9, 10]
    assert json.loads(rows[0][1])["cells"][1] == "MENTOR_NASIONAL"
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept.glob("*.parquet"))


def test_a_replay_that_dies_before_its_commit_shows_nothing_and_can_be_run_again(
    landed: Home, project: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = under(landed, project("later", "MENTOR_NASIONAL,Mentor nasional,National mentor\n"))
    before = home.log()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(commits, "commit", dies)
        admission.replay(home.settings)
    assert home.log() == before
    assert [row["row_number"] for row in home.lake("rekam_jejak")] == [2]
    (result,) = admission.replay(home.settings)
    assert (result.admitted, result.revision) == (2, 2)
    assert [row["row_number"] for row in home.lake("rekam_jejak")] == [2, 3, 5]
