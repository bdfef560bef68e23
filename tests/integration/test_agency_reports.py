"""The reports to agencies of a real month, read back with other tools than wrote them."""

import json
import re
import shutil
import statistics
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pypdf
import pytest
from e2e_home import OCTOBER, Month
from typer.testing import CliRunner

from asn_warehouse import cli
from asn_warehouse.codes import code_labels
from asn_warehouse.report import agency, source
from asn_warehouse.report.labels import label

pytestmark = pytest.mark.slow
Row = dict[str, Any]
DIGITS = {"integer": 0, "decimal1": 1, "decimal2": 2, "share": 1}
COMPARED = (
    # sheet, label, mart, column, kind, the keys of the row
    ("Kompetensi", "Cakupan penilaian", "competency_gap_agency", "coverage", "share",
     "family is null and competency_code is null and position_level is null"),
    ("Kompetensi", "Rata-rata kesenjangan", "competency_gap_agency", "gap_mean", "decimal2",
     "family is null and competency_code is null and position_level is null"),
    ("Kompetensi", "Belum pernah dinilai", "assessment_coverage", "never_assessed", "integer",
     "position_level is null and method is null"),
    ("Pembelajaran", "Rata-rata jam pelajaran (JP)", "learning_hours", "hours_mean", "decimal1",
     "employment_status is null and position_level is null"),
    ("Talenta", "Promosi per 1.000 pegawai", "career_mobility", "promotions_per_1000", "decimal1",
     "position_level is null"),
    ("Indeks dan layanan", "Perkiraan IP ASN", "professionalism_index", "ip_asn", "decimal1",
     "employment_status is null"),
    ("Indeks dan layanan", "Indeks kepuasan masyarakat (IKM)", "service_satisfaction", "ikm",
     "decimal2", "service_code is null"),
    ("Kebutuhan pegawai", "Kebutuhan pegawai", "workforce_plan", "needed", "integer",
     "position_level is null and job_family is null"),
    ("Kebutuhan pegawai", "Pensiun dalam 12 bulan", "workforce_plan", "retiring_12_months",
     "integer", "position_level is null and job_family is null"),
    ("Kebutuhan pegawai", "Pelamar", "recruitment_quality", "applicants", "integer",
     "track is null and position_level is null"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(month: Month) -> Path:
    """The reports to agencies as the month's own run wrote them."""
    return month.settings.report / str(OCTOBER) / "v1" / "instansi"


@pytest.fixture(scope="module")
def safe(month: Month) -> Path:
    """The protected tables of the version that the reports are of."""
    return month.settings.warehouse / "publications" / str(OCTOBER) / "v1" / "safe"


@pytest.fixture(scope="module")
def codes(safe: Path) -> list[str]:
    """The agencies of the month."""
    return sorted({row["agency_code"] for row in _rows(safe, "submission_scorecard")})


def _rows(safe: Path, mart: str, where: str = "true") -> list[Row]:
    with duckdb.connect() as connection:
        found = connection.execute(f"select * from '{safe / mart}.parquet' where {where}")
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _pages(folder: Path, code: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(folder / code / f"laporan-{code}-{OCTOBER}.pdf")


@cache
def _lines(folder: Path, code: str) -> list[str]:
    found = [page.extract_text() for page in _pages(folder, code).pages]
    return [" ".join(line.split()) for line in "\n".join(found).splitlines()]


@cache
def _book(folder: Path, code: str) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(folder / code / f"laporan-{code}-{OCTOBER}.xlsx")
    return {
        sheet.title: [
            [c for c in row if c is not None] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def _printed(row: Row | None, column: str, kind: str) -> str:
    """Return what a reader sees of a cell: the sign of the hidden, of the missing, or a number."""
    if row is not None and column in row["suppressed"].split(";"):
        return "*"
    if row is None or row[column] is None:
        return "–"
    return _number(row[column], kind)


def _number(value: Any, kind: str) -> str:
    exact = Decimal(str(value)) * (100 if kind == "share" else 1)
    rounded = exact.quantize(Decimal(1).scaleb(-DIGITS[kind]), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,}".replace(",", " ").replace(".", ",").replace(" ", ".")
    sign = "−" if rounded < 0 else ""
    return f"{sign}{text}{'%' if kind == 'share' else ''}"


def test_every_agency_has_pages_and_a_workbook_whatever_it_sent(
    month: Month, folder: Path, codes: list[str]
) -> None:
    assert sorted(p.name for p in folder.iterdir() if p.is_dir()) == codes and len(codes) == 8
    names = {r["agency_code"]: r["agency_name"] for r in _rows(_safe(month), "position_fit")}
    for code in codes:
        pages = _pages(folder, code)
        assert 6 <= len(pages.pages) <= 10, code
        assert pages.metadata is not None and names.get(code, "") in str(pages.metadata.title)
        assert "/MarkInfo" in pages.trailer["/Root"] and pages.trailer["/Root"]["/Lang"] == "id-ID"
        assert list(_book(folder, code)) == [
            "Ringkasan", "Daftar tugas", "Kiriman", "Kompetensi", "Pembelajaran",
            "Kebutuhan pelatihan", "Talenta", "Indeks dan layanan", "Kebutuhan pegawai", "Catatan",
        ]  # fmt: skip


def _safe(month: Month) -> Path:
    return month.settings.warehouse / "publications" / str(OCTOBER) / "v1" / "safe"


def test_each_compared_figure_is_that_of_the_marts_in_pages_and_workbook(
    folder: Path, safe: Path, codes: list[str]
) -> None:
    compared = 0
    for sheet, words, mart, column, kind, where in COMPARED:
        rows = {row["agency_code"]: row for row in _rows(safe, mart, where) if "agency_code" in row}
        nation = rows.get(None)
        if mart == "competency_gap_agency":
            nation = _rows(safe, "competency_gap_national", where)[0]
        for code in codes:
            own, national = _printed(rows.get(code), column, kind), _printed(nation, column, kind)
            pattern = rf"^{re.escape(words)} {re.escape(own)} (\S+) {re.escape(national)}$"
            assert any(re.match(pattern, line) for line in _lines(folder, code)), (code, pattern)
            found = [r for r in _book(folder, code)[sheet] if len(r) == 4 and r[0] == words]
            assert [_said(found[0][1], kind), _said(found[0][3], kind)] == [own, national]
            compared += 4
    assert compared >= 300


def _said(value: Any, kind: str) -> str:
    return value if isinstance(value, str) else _number(value, kind)


def test_each_family_and_submission_in_the_workbook_is_that_of_the_marts(
    folder: Path, safe: Path, codes: list[str]
) -> None:
    measures = ("people", "coverage", "required_mean", "achieved_mean", "gap_mean", "met_share")
    counts = ("rows_read", "accepted", "rejected", "warned", "orphans", "score")
    compared = hidden = 0
    for code in codes:
        where = f"agency_code = '{code}' and competency_code is null and position_level is null"
        rows = _rows(safe, "competency_gap_agency", where)
        assert len(rows) == 5, "four families and all of them"
        sheet = _book(folder, code)["Kompetensi"]
        for row in rows:
            name = label("family", row["family"]) if row["family"] else label("report", "all")
            found = next(line for line in sheet if line[0:1] == [name] and len(line) == 7)
            compared += _equal(found[1:], row, measures)
            hidden += sum(column in row["suppressed"].split(";") for column in measures)
        sent = _book(folder, code)["Kiriman"]
        for row in _rows(safe, "submission_scorecard", f"agency_code = '{code}'"):
            name = label("dataset", row["dataset"])
            found = next(line for line in sent if line[0:1] == [name] and len(line) == 9)
            assert found[1] == label("submission_status", row["status"])
            compared += _equal(found[3:], row, counts)
    assert compared > 800 and hidden > 20


def _equal(cells: list[Any], row: Row, columns: tuple[str, ...]) -> int:
    """Compare cells of a workbook with those of a row; return how many."""
    for cell, column in zip(cells, columns, strict=True):
        if column in row["suppressed"].split(";"):
            assert cell == "*", (row, column)
        elif row[column] is None:
            assert cell == "–", (row, column)
        else:
            assert float(cell) == pytest.approx(float(row[column]), abs=1e-9), (row, column)
    return len(columns)


def test_peers_are_agencies_of_the_same_kind_or_tier_and_the_figure_is_their_median(
    month: Month, folder: Path, safe: Path, codes: list[str]
) -> None:
    path = safe.parent / "publication.json"
    kinds = json.loads(path.read_text("utf-8"))["agency_types"]
    assert set(codes) <= set(kinds)
    tiers = {"KEMENTERIAN", "KEMENKO", "LPNK", "LNS"}
    rows = {row["agency_code"]: row for row in _rows(safe, "submission_scorecard")}
    assert rows
    seen = 0
    for code in codes:
        same = [c for c in codes if c != code and kinds[c] == kinds[code]]
        near = [c for c in codes if c != code and (kinds[c] in tiers) == (kinds[code] in tiers)]
        peers = same if len(same) >= 3 else near if len(near) >= 3 else []
        told = next(r for r in _book(folder, code)["Ringkasan"] if r[:1] == ["Instansi sebanding"])
        count = re.match(r"(\d+) instansi lain", told[1])
        assert int(count[1] if count else 0) == len(peers)
        on_time = [_on_time(safe, peer) for peer in peers]
        line = next(r for r in _book(folder, code)["Kiriman"] if r[:1] == ["Kiriman tepat waktu"])
        if peers:
            assert line[2] == pytest.approx(statistics.median(on_time))
            seen += 1
        else:
            assert line[2] == "–"
    assert seen


def _on_time(safe: Path, code: str) -> float:
    where = f"agency_code = '{code}' and status != 'not_expected'"
    rows = _rows(safe, "submission_scorecard", where)
    return sum(row["status"] == "on_time" for row in rows) / len(rows)


def test_the_to_do_list_holds_what_is_missing_refused_rejected_and_expiring(
    month: Month, folder: Path, safe: Path, codes: list[str]
) -> None:
    seen = {"missing": 0, "refused": 0, "rejected": 0, "expiring": 0}
    for code in codes:
        todo = [" ".join(map(str, row[1:])) for row in _book(folder, code)["Daftar tugas"]]
        pages = " ".join(_lines(folder, code))
        for row in _rows(safe, "submission_scorecard", f"agency_code = '{code}'"):
            name = label("dataset", row["dataset"]).lower()
            if row["status"] == "missing":
                assert any("Kirim data" in task and name in task for task in todo), (code, name)
                seen["missing"] += 1
            if row["status"] == "refused":
                assert any("kirim ulang berkas" in t and name in t for t in todo), (code, name)
                seen["refused"] += 1
            if row["rejected"]:
                assert any("baris ditolak" in task and name in task for task in todo), (code, name)
                for reason in json.loads(row["top_reasons"]):
                    kind = label("reject_kind", reason["rule"].rsplit(".", 1)[-1])
                    assert any(
                        kind in " ".join(map(str, r)) for r in _book(folder, code)["Kiriman"]
                    )
                seen["rejected"] += 1
        expiring = _rows(
            safe,
            "assessment_coverage",
            f"agency_code = '{code}' and position_level is null and method is null",
        )
        for row in expiring:
            if row["expiring_6_months"]:
                said = f"{_number(row['expiring_6_months'], 'integer')} dalam 6 bulan"
                assert any(said in task for task in todo)
                seen["expiring"] += 1
        assert "Daftar tugas" in pages
    assert all(seen.values()), seen


def test_other_processes_make_the_same_bytes_from_protected_tables_alone(
    month: Month, folder: Path, tmp_path: Path
) -> None:
    """Exact and restricted tables are taken away before; what stays is what the report may read."""
    home = tmp_path / "home"
    shutil.copytree(month.settings.warehouse, home / "warehouse", ignore=_exact)
    shutil.copytree(month.settings.reference, home / "reference")
    settings = month.settings.model_copy(update={"home": home})
    assert not list(home.rglob("*person*.parquet"))
    made = agency.render_all(settings, source.read(settings, OCTOBER), processes=2)
    assert len(made) == 16
    for name, data in made.items():
        assert (folder.parent / name).read_bytes() == data, name


def _exact(place: str, names: list[str]) -> set[str]:
    """Name the exact tables but the rules and the scorecard, of which sums are told."""
    if "publications" not in place or Path(place).name in ("safe", "open"):
        return {"build"} & set(names)
    kept = {"dim_rule.parquet", "submission_scorecard.parquet"}
    return {name for name in names if name.endswith(".parquet") and name not in kept}


def test_one_agency_alone_is_written_in_its_place_and_an_unknown_one_is_wrong_use(
    month: Month, folder: Path, codes: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for name in ("warehouse", "reference"):
        shutil.copytree(month.settings.home / name, home / name, ignore=_exact)
    monkeypatch.setenv("ASN_HOME", str(home))
    command = ["report", "--period", str(OCTOBER), "--agency"]
    done = CliRunner().invoke(cli.app, [*command, codes[0]])
    assert done.exit_code == 0, done.output
    for kind in ("pdf", "xlsx"):
        name = f"{codes[0]}/laporan-{codes[0]}-{OCTOBER}.{kind}"
        written = home / "report" / str(OCTOBER) / "v1" / "instansi" / name
        assert written.read_bytes() == (folder / name).read_bytes()
    wrong = CliRunner().invoke(cli.app, [*command, "9999"])
    assert wrong.exit_code != 0 and "9999" in str(wrong.exception)
    assert code_labels(month.settings, "agency_type")
