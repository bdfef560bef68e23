"""The command line: help with an example, and one clear line with exit code 2 for wrong use."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import AGENCY, APPRAISAL, GOOD, OTHER, PERIOD, Home, appraisals, csv_text
from typer.testing import CliRunner

from asn_warehouse import cli, parity
from asn_warehouse.parity import Difference

OFFICERS = ("template", "check")
"""Commands that speak Indonesian, since an agency's officer uses them."""

COMMANDS = ("simulate", *OFFICERS, "ingest", "replay", "status", "explain", "audit", "build",
            "gate", "parity", "publish", "revert", "report", "deliver", "docs", "run")  # fmt: skip
ON_SERVER = ("grant", "restore")
"""Commands that are about no month."""

ASN = Path(sys.executable).with_name("asn")


@pytest.fixture
def at_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home as the environment names it."""
    monkeypatch.setenv("ASN_HOME", str(home.settings.home))
    monkeypatch.setenv("ASN_MEMORY_LIMIT", "512MB")
    monkeypatch.setenv("ASN_THREADS", "2")
    monkeypatch.setenv("COLUMNS", "200")
    return home


def call(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Run ``asn`` in this process; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["asn", *arguments])
    monkeypatch.setattr(cli, "_leave", sys.exit)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed ``asn``."""
    return subprocess.run(
        [str(ASN), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def test_every_command_is_looked_at() -> None:
    named = {c.name or c.callback.__name__ for c in cli.app.registered_commands if c.callback}
    assert named == {*COMMANDS, *ON_SERVER}


@pytest.mark.parametrize("command", [*COMMANDS, *ON_SERVER])
def test_help_says_what_a_command_does_and_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(cli.app, [command, "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    text = " ".join(result.output.split()) + " "
    assert f"{'Contoh' if command in OFFICERS else 'Example'}: asn {command} " in text
    assert re.search(rf"Usage: asn {command} .*?\] [^.]*?[A-Z][^.]{{20,}}\.", text), text
    assert ("--period" in text) == (command in COMMANDS)


def test_the_help_names_commands_exit_codes_and_first_steps() -> None:
    result = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "120"})
    assert all(re.search(rf"\b{command}\b", result.output) for command in COMMANDS)
    text = " ".join(result.output.split())
    assert "Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but" in text
    assert "First steps: asn simulate --period 2026-10" in text


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in OFFICERS])
def test_a_wrong_period_gives_one_line_and_exit_code_2(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = call(command, "--period", "Oktober", monkeypatch=monkeypatch, capsys=capsys)
    line = "asn: Period 'Oktober' is not a month. Write YYYY-MM, for example 2026-10.\n"
    assert found == (2, "", line)


WRONG_USES = {
    "ingest: month outside the calendar": (
        ("ingest", "-p", "2031-01"), "Period 2031-01 is not in the calendar."),
    "ingest: nothing has landed": (
        ("ingest", "-p", "2026-11"), "Nothing has landed for 2026-11"),
    "ingest: agency": (
        ("ingest", "-p", PERIOD, "--agency", "9999"), "Agency '9999' is not in force in 2026-10."),
    "ingest: dataset": (
        ("ingest", "-p", PERIOD, "--dataset", "gaji"),
        "Dataset 'gaji' is not known. Choose one of: hukuman_disiplin, jabatan"),
    "status: month outside the calendar": (
        ("status", "-p", "2031-01"), "The calendar expects nothing for 2031-01."),
    "check: file": (
        ("check", "none.csv", "--dataset", "kinerja", "--agency", AGENCY, "-p", PERIOD),
        "none.csv bukan berkas dan bukan folder. Sebutkan berkas atau folder"),
    "check: dataset": (
        ("check", __file__, "--dataset", "gaji", "--agency", AGENCY, "-p", PERIOD),
        "Data 'gaji' tidak dikenal. Pilih salah satu: hukuman_disiplin, jabatan"),
    "check: agency": (
        ("check", __file__, "--dataset", "kinerja", "--agency", "9999", "-p", PERIOD),
        "Kode instansi '9999' tidak berlaku pada 2026-10. Kode yang berlaku ada pada"),
    "check: month": (
        ("check", __file__, "--dataset", "kinerja", "--agency", AGENCY, "-p", "Oktober"),
        "Bulan laporan 'Oktober' tidak dikenal. Tulis TTTT-BB, misalnya 2026-10."),
    "check: month outside the calendar": (
        ("check", __file__, "--dataset", "kinerja", "--agency", AGENCY, "-p", "2031-01"),
        "Bulan laporan 2031-01 tidak ada dalam kalender."),
    "check: nothing says which data": (
        ("check", __file__, "--agency", AGENCY, "-p", PERIOD),
        "tidak menunjukkan data apa isinya. Tambahkan --dataset."),
    "check: nothing says whose": (
        ("check", __file__, "--dataset", "kinerja", "-p", PERIOD),
        "Tambahkan --agency, misalnya"),
    "check: nothing says whose and when": (
        ("check", __file__, "--dataset", "kinerja"), "Tambahkan --agency dan --period, misalnya"),
    "template: dataset": (
        ("template", "gaji"), "Sebutkan satu nama data, atau --all untuk semua data."),
    "template: neither": (
        ("template",), "Sebutkan satu nama data, atau --all untuk semua data."),
    "template: both": (
        ("template", "kinerja", "--all"), "Sebutkan satu nama data, atau --all untuk semua data."),
    "template: agency": (
        ("template", "kinerja", "--agency", "9999"), "Kode instansi '9999' tidak dikenal."),
    "build: time": (
        ("build", "-p", PERIOD, "--as-of", "kemarin"), "'kemarin' is not a time."),
}  # fmt: skip


@pytest.mark.parametrize("use", WRONG_USES)
def test_a_wrong_argument_gives_one_line_and_exit_code_2(
    at_home: Home, use: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_home.land("kinerja.csv", GOOD)
    arguments, said = WRONG_USES[use]
    code, out, err = call(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out.strip()) == (2, "")
    assert err.startswith("asn: ") and said in err
    assert err.count("\n") == 1 and err.endswith("\n")


def test_grant_without_a_server_says_what_to_set(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ASN_POSTGRES_DSN", raising=False)
    code, _, error = call("grant", monkeypatch=monkeypatch, capsys=capsys)
    assert (code, error) == (1, "asn: No PostgreSQL is configured. Set ASN_POSTGRES_DSN.\n")


NO_SERVER = "needs a server. Set ASN_POSTGRES_DSN to postgresql://user@host:port/database.\n"


@pytest.mark.parametrize("command", ["build", "run", "status", "publish"])
def test_a_target_without_a_server_gives_one_line_and_exit_code_2(
    at_home: Home,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASN_TARGET", "postgres")
    monkeypatch.setenv("ASN_POSTGRES_DSN", "")
    found = call(command, "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert found == (2, "", f"asn: ASN_TARGET=postgres {NO_SERVER}")


def test_parity_without_a_server_gives_one_line_and_exit_code_2(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ASN_POSTGRES_DSN", raising=False)
    found = call("parity", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert found == (2, "", f"asn: Computing on PostgreSQL {NO_SERVER}")


def test_a_server_that_does_not_answer_or_cannot_be_named_is_said_without_its_password(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_home.land("kinerja.csv", GOOD)
    call("ingest", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    monkeypatch.setenv("ASN_TARGET", "postgres")
    for place, expected, said in (
        ("postgresql://x:hush@127.0.0.1:1/asn", 1, "PostgreSQL cannot be reached"),
        ("what is this hush@", 2, "ASN_POSTGRES_DSN cannot be read."),
    ):
        monkeypatch.setenv("ASN_POSTGRES_DSN", place)
        code, out, err = call("build", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
        assert (code, out.strip(), err.count("\n")) == (expected, "", 1)
        assert said in err and "hush" not in err


PARITY = {
    "talent_box": ((9, 9), 0, {"people": 1}, Difference("people", {"agency_code": "4011"}, (3, 4))),
    "kpi_scorecard": ((8, 7), 1, {}, Difference(None, {"kpi_code": "X"}, (True, False))),
    "position_fit": ((5, 5), 0, {}, None),
}


def test_parity_names_mart_column_key_and_both_values_and_ends_with_1(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = [
        parity.Comparison(mart, rows, missing, columns, 0.0, (found,) if found else ())
        for mart, (rows, missing, columns, found) in PARITY.items()
    ]
    monkeypatch.setattr(parity, "check", lambda *_: compared)
    code, out, _ = call("parity", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    assert "talent_box: 9 rows in duckdb, 9 rows in postgres" in out
    assert "people: differs in 1 rows" in out
    assert "people at agency_code=4011: duckdb 3, postgres 4" in out
    assert "only in duckdb: kpi_code=X" in out
    assert "position_fit" not in out
    assert "1 of 3 marts are equal, 22 rows" in out
    monkeypatch.setattr(parity, "check", lambda *_: compared[2:])
    code, out, _ = call("parity", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, "1 of 1 marts are equal" in out) == (0, True)


def test_restore_before_anything_is_published_says_so(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = call("restore", monkeypatch=monkeypatch, capsys=capsys)
    assert (code, error) == (2, "asn: Nothing is published. `asn run` publishes a month.\n")


def test_a_full_disk_gives_one_line_and_exit_code_1(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "lake/pegawai.parquet")

    monkeypatch.setattr(cli.status, "settings_now", fails)
    code, out, err = call("status", "--period", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (1, "")
    assert re.fullmatch(r"asn: .*No space left on device: 'lake/pegawai.parquet'\. .*\n", err)


@pytest.mark.parametrize("command", ["report", "revert"])
def test_a_version_that_was_never_published_gives_exit_code_2(
    at_home: Home,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = (command, "-p", PERIOD, "--version", "7")
    code, _, err = call(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert (err.count("\n"), PERIOD in err) == (1, True)
    assert code == 2


def test_a_reference_file_that_is_missing_or_wrong_is_named(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = at_home.settings.reference / "instansi.csv"
    path.write_text(path.read_text().replace("KOTA", "DUSUN"))
    found = call("status", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert (found[0], found[2].count("\n")) == (1, 1)
    assert f"{path}, line 2: jenis 'DUSUN' is not in the code list agency_type." in found[2]
    path.unlink()
    found = call("status", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert found[0] == 1 and f"Reference file {path} is missing." in found[2]


def test_an_ingest_tells_what_it_did_and_ends_with_3_where_rows_were_rejected(
    at_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = appraisals(3)
    rows[1][3] = 9
    at_home.land("kinerja.csv", csv_text(APPRAISAL, rows))
    at_home.land("kinerja.csv", GOOD, agency=OTHER)
    code, out, _ = call("ingest", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 3
    assert "2 files, 0 refused; 6 rows read = 5 accepted + 1 rejected" in out
    assert "kinerja.hasil_kerja.range" in out
    again = call("ingest", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert again[0] == 0 and "Nothing new for 2026-10." in again[1]
    code, out, _ = call("status", "-p", PERIOD, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert "Instansi 4011" in out and "Instansi 7471" in out


def test_a_template_is_written_under_its_name_and_never_over_a_filled_one(
    at_home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--agency", AGENCY, "--period", PERIOD)
    code, out, _ = call("template", "kinerja", *options, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (0, "Templat Penilaian kinerja: kinerja.xlsx\n")
    (tmp_path / "kinerja.xlsx").write_text("filled")
    code, out, err = call("template", "kinerja", monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out) == (2, "") and "kinerja.xlsx sudah ada dan mungkin sudah diisi." in err
    assert (tmp_path / "kinerja.xlsx").read_text() == "filled"
    code, out, _ = call("template", "--all", monkeypatch=monkeypatch, capsys=capsys)
    assert (code, out.count("\n"), len(list((tmp_path / "templat").iterdir()))) == (0, 17, 17)


def test_the_installed_command_checks_ingests_and_refuses(home: Home, tmp_path: Path) -> None:
    where = {"ASN_HOME": str(home.settings.home), "COLUMNS": "200", "ASN_MEMORY_LIMIT": "512MB"}
    sent = tmp_path / "kirim.csv"
    sent.write_text(GOOD)
    options = ("--dataset", "kinerja", "--agency", AGENCY, "--period", PERIOD)
    checked = run("check", str(sent), *options, **where)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert re.search(r"kirim\.csv +diterima +3 +3 +0 +0\n", checked.stdout)
    assert "saat dikirim, beri nama kinerja.csv" in checked.stdout
    home.land("kinerja.csv", GOOD, agency="9999")
    refused = run("ingest", "--period", PERIOD, **where)
    assert (refused.returncode, refused.stderr) == (3, "")
    assert "file.unknown_agency" in refused.stdout
    wrong = run("ingest", "--period", "2026-13", **where)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)


def test_the_command_starts_without_what_only_some_commands_need() -> None:
    """An officer who asks for help or checks a file does not wait for the tools of a month."""
    heavy = {"airflow", "altair", "dbt", "great_expectations", "pandas", "scipy"}
    code = f"import sys, asn_warehouse.cli; print(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
