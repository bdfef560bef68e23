"""A template that is filled as a person would fill it passes admission, through LibreOffice too."""

import shutil
import subprocess
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet
from support import AGENCY, PERIOD, Home, make_home

from asn_warehouse import admission
from asn_warehouse.admission.template import DATA_ROWS, HEADER_ROW, write_template
from asn_warehouse.admission.template_guide import Addressee, addressee
from asn_warehouse.codes import code_labels
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import SimulationSpec
from asn_warehouse.simulate.world import advance_to, agency_tables, create_world

DATASETS = datasets(Settings())
MONTH = Period.parse(PERIOD)
ROWS = 60
"""So many simulated rows of each dataset are typed, where there are so many."""

FIRST = HEADER_ROW + 2
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
NO_SOFFICE = (
    "LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc"
)


def rows_of(tables: dict[str, pa.Table], dataset: Dataset) -> list[list[str]]:
    """Return as a person would type them: the contract's examples, then simulated rows."""
    examples = map(list, zip(*(column.examples for column in dataset.columns), strict=True))
    names = [column.name for column in dataset.columns]
    simulated = tables[dataset.name].slice(0, ROWS).select(names).to_pylist()
    return [*examples, *([typed(row[name]) for name in names] for row in simulated)]


def typed(value: object) -> str:
    """Return a value as it is typed into a cell; dates in the order that any Excel reads."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def simulated_tables(home: Path) -> dict[str, pa.Table]:
    """Return the rows of a simulated month, for each dataset those of the agency with most."""
    spec = SimulationSpec(
        period=MONTH, months=1, agencies=3, people=300, seed=1, faults_per_rule=0,
        damaged_files=False,
    )  # fmt: skip
    found: dict[str, pa.Table] = {}
    month = advance_to(create_world(Settings(home=home), spec), MONTH, 0)
    for agency in range(spec.agencies):
        for name, table in agency_tables(month, agency).items():
            if name not in found or table.num_rows > found[name].num_rows:
                found[name] = table
    return found


def type_in(sheet: Worksheet, line: int, position: int, text: str) -> None:
    """Type ``text`` as a person does: a cell formatted as text keeps it, others read it."""
    cell = sheet.cell(line, position)
    cell._style = copy(of_column(sheet, position)._style)
    if not text:
        return
    if cell.number_format == "@":
        cell.value = text
    elif "mmm" in cell.number_format:
        cell.value = date.fromisoformat(text)
    else:
        cell.value = float(text) if "." in text else int(text)


def of_column(sheet: Worksheet, position: int) -> ColumnDimension:
    """Return width and format of a column; equal neighbours stand in a workbook together."""
    return next(d for d in sheet.column_dimensions.values() if d.min <= position <= d.max)


def fill(path: Path, dataset: Dataset, rows: list[list[str]]) -> None:
    """Write the template of ``dataset`` to ``path`` and type ``rows`` into it."""
    write_template(path, Settings(), dataset, Addressee())
    book = openpyxl.load_workbook(path)
    for line, row in enumerate(rows, start=FIRST):
        for position, text in enumerate(row, start=1):
            type_in(book["Data"], line, position, text)
    book.save(path)


def land(home: Home, path: Path) -> None:
    home.land(path.name, path.read_bytes(), received=datetime.now(tz=UTC) - timedelta(minutes=1))


@dataclass
class Trip:
    """All seventeen templates, filled, and as LibreOffice saved them."""

    filled: dict[str, Path] = field(default_factory=dict)
    saved: dict[str, Path] = field(default_factory=dict)
    typed: dict[str, list[list[str]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    folder = tmp_path_factory.mktemp("templates")
    trip, tables = Trip(), simulated_tables(folder / "home")
    for name, dataset in DATASETS.items():
        trip.filled[name] = folder / f"{name}.xlsx"
        trip.typed[name] = rows_of(tables, dataset)
        fill(trip.filled[name], dataset, trip.typed[name])
    if SOFFICE:
        out = folder / "saved"
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        options = [profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
        files = [str(path) for path in trip.filled.values()]
        subprocess.run([SOFFICE, *options, *files], check=True, capture_output=True, timeout=300)
        trip.saved = {name: out / f"{name}.xlsx" for name in DATASETS}
    return trip


def admit_all(home: Home, paths: dict[str, Path], typed_in: dict[str, list[list[str]]]) -> int:
    """Admit the workbooks and compare the lake with what was typed; return the rows read."""
    for path in paths.values():
        land(home, path)
    outcomes = home.ingest()
    assert len(outcomes) == len(DATASETS) == 17
    for name, dataset in DATASETS.items():
        outcome = outcomes[AGENCY, f"{name}.xlsx"]
        told = home.receipt(name)
        assert (outcome.status, outcome.rows_read) == ("diterima", len(typed_in[name])), told
        kept = [(at, c) for at, c in enumerate(dataset.columns) if not c.is_identity]
        expected = [[row[at] or typed(c.default) for at, c in kept] for row in typed_in[name]]
        found = [[typed(row[c.name]) for _, c in kept] for row in home.lake(name)]
        assert found == expected
    return sum(outcome.rows_read for outcome in outcomes.values())


def test_all_filled_templates_are_admitted_without_a_reject(trip: Trip, home: Home) -> None:
    rows = admit_all(home, trip.filled, trip.typed)
    assert rows == sum(map(len, trip.typed.values())) > 500


@pytest.mark.skipif(SOFFICE is None, reason=NO_SOFFICE)
def test_all_are_still_admitted_after_libreoffice_saved_them(trip: Trip, home: Home) -> None:
    rows = admit_all(home, trip.saved, trip.typed)
    assert rows == sum(map(len, trip.typed.values())) > 500


@pytest.mark.parametrize("name", DATASETS)
def test_the_examples_of_a_contract_raise_no_warning(trip: Trip, home: Home, name: str) -> None:
    outcome = admission.check(home.settings, trip.filled[name], name, AGENCY, MONTH)
    told = [reason.example_row for reason in outcome.reasons]
    assert not {FIRST, FIRST + 1} & set(told), outcome.reasons


@pytest.mark.parametrize(
    "name", [n for n, d in DATASETS.items() if any(c.codes for c in d.columns)]
)
def test_every_code_that_is_offered_is_read_as_that_code(
    home: Home, tmp_path: Path, name: str
) -> None:
    dataset, path = DATASETS[name], tmp_path / f"{name}.xlsx"
    lists = [column.codes for column in dataset.columns]
    rows = [
        [
            codes[line % len(codes)] if codes else column.example
            for codes, column in zip(lists, dataset.columns, strict=True)
        ]
        for line in range(max(map(len, lists)))
    ]
    fill(path, dataset, rows)
    outcome = admission.check(home.settings, path, name, AGENCY, MONTH)
    assert outcome.rows_read == len(rows)
    assert not [reason for reason in outcome.reasons if reason.rule.endswith(".code")]


@pytest.mark.parametrize("name", DATASETS)
def test_a_template_that_is_not_filled_holds_no_rows(home: Home, tmp_path: Path, name: str) -> None:
    """The examples must never be taken for data, in whatever order the sheets are brought."""
    path = tmp_path / f"{name}.xlsx"
    write_template(path, home.settings, DATASETS[name], Addressee())
    for first in (0, 1):
        book = openpyxl.load_workbook(path)
        book.move_sheet(book.worksheets[first], -first)
        book.save(path)
        outcome = admission.check(home.settings, path, name, AGENCY, MONTH)
        assert (outcome.refusal_rule, outcome.rows_read) == ("file.no_rows", 0)


@pytest.mark.parametrize("name", DATASETS)
def test_the_data_sheet_shows_explains_and_checks_every_column(tmp_path: Path, name: str) -> None:
    dataset, path = DATASETS[name], tmp_path / f"{name}.xlsx"
    write_template(path, Settings(), dataset, Addressee())
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Data", "Contoh", "Kode", "Petunjuk"]
    sheet = book["Data"]
    assert sheet.freeze_panes == f"B{FIRST}"
    checked = {
        str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation
    }
    for position, column in enumerate(dataset.columns, start=1):
        letter = openpyxl.utils.get_column_letter(position)
        described, duty, named = (sheet.cell(line, position).value for line in (2, 3, 4))
        assert (described, named) == (column.description, column.name)
        assert duty.split(" · ")[0] == ("wajib" if column.required else "boleh kosong")
        layout = of_column(sheet, position)
        assert len(column.name) < layout.width
        is_text = layout.number_format == "@"
        assert is_text == (column.kind not in ("date", "integer", "number"))
        check = checked.get(f"{letter}{FIRST}")
        has_check = bool(column.codes) or column.kind in ("nip", "date", "integer", "number")
        assert check is not None or not has_check, column.name
        if check is not None:
            assert str(check.sqref) == f"{letter}{FIRST}:{letter}{FIRST + DATA_ROWS - 1}"
            assert check.error.endswith(".") and check.errorTitle
        if column.codes:
            assert listed(book, check.formula1) == list(column.codes)


def listed(book: openpyxl.Workbook, formula: str) -> list[str]:
    """Return the values that a drop-down offers."""
    sheet, area = formula.lstrip("=").split("!")
    return [row[0].value for row in book[sheet][area.replace("$", "")]]


@pytest.mark.parametrize("name", DATASETS)
def test_codes_and_guide_tell_what_the_contract_says(tmp_path: Path, name: str) -> None:
    dataset, path = DATASETS[name], tmp_path / f"{name}.xlsx"
    write_template(path, Settings(), dataset, Addressee())
    book = openpyxl.load_workbook(path)
    shown = {(row[1], row[2]) for row in book["Kode"].iter_rows(min_row=2, values_only=True)}
    for column in dataset.columns:
        if column.code_list:
            assert set(code_labels(Settings(), column.code_list).items()) <= shown
    shown = [row[:3] for row in book["Contoh"].iter_rows(min_row=3, values_only=True)]
    assert [row[0] for row in shown] == [column.name for column in dataset.columns]
    assert all(str(row[1]) for row in shown)
    cells = [c for row in book["Petunjuk"].iter_rows(values_only=True) for c in row if c]
    text = "\n".join(cells)
    for rule in dataset.rules:
        assert rule.mend["id"] in cells
    assert dataset.usage in cells and "{" not in text and dataset.grain in text
    assert "UU 27/2022" in text and f"{name}.xlsx" in text


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    to = Addressee("4011", "Badan Kepegawaian Negara", MONTH, date(2026, 11, 10))
    for path in (tmp_path / "a.xlsx", tmp_path / "b.xlsx"):
        write_template(path, Settings(), DATASETS["pegawai"], to)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_agency_month_and_due_date_come_from_the_reference_files(
    home: Home, tmp_path: Path
) -> None:
    to = addressee(home.settings, "pegawai", AGENCY, MONTH)
    path = tmp_path / "pegawai.xlsx"
    write_template(path, home.settings, DATASETS["pegawai"], to)
    book = openpyxl.load_workbook(path)
    assert book["Data"]["A1"].value == "Daftar pegawai · 4011 Instansi 4011 · Oktober 2026"
    text = "\n".join(c for row in book["Petunjuk"].iter_rows(values_only=True) for c in row if c)
    assert "Kirim paling lambat 10 November 2026." in text
    assert "folder 2026-10/4011/" in text


def test_a_template_for_nobody_known_is_refused(home: Home) -> None:
    for period in (MONTH, None):
        with pytest.raises(UsageError, match="Kode instansi '9999' tidak dikenal"):
            addressee(home.settings, "pegawai", "9999", period)
    with pytest.raises(UsageError, match="2031-01 tidak ada dalam kalender"):
        addressee(home.settings, "pegawai", AGENCY, Period.parse("2031-01"))


def test_a_template_needs_no_reference_files(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    for path in home.settings.reference.iterdir():
        path.unlink()
    to = addressee(home.settings, "pegawai", "1234", MONTH)
    assert to == Addressee("1234", None, MONTH, None)
