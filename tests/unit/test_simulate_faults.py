"""Injected faults: each rule has one, each label points at its row, and nothing else is wrong."""

import csv
import io
import re
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from asn_warehouse.contracts import Dataset, dataset, datasets, fold
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings
from asn_warehouse.simulate import SimulationResult, SimulationSpec, simulate
from asn_warehouse.simulate.cells import CELL_KINDS
from asn_warehouse.simulate.dialects import Dialect, as_text, date_text, number_text
from asn_warehouse.simulate.row_rules import CONFLICTS, ROW_RULES

SPEC = SimulationSpec(
    period=Period.parse("2026-10"), months=2, agencies=8, people=2_400, faults_per_rule=2
)
FILE_RULES = (
    "unknown_agency",
    "unknown_dataset",
    "unknown_period",
    "missing_column",
    "forbidden_column",
    "duplicate_column",
    "unreadable",
    "encoding",
    "empty",
    "no_rows",
    "format",
    "json",
    "json_shape",
    "siasn_empty",
    "nested_column",
    "macro",
    "old_excel",
    "password",
)
Home = tuple[Settings, SimulationResult]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    settings = get_settings(tmp_path_factory.mktemp("home"))
    return settings, simulate(settings, SPEC)


def _truth(result: SimulationResult) -> list[dict[str, str]]:
    with result.truth.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rules(contract: Dataset) -> set[str]:
    cells = {
        f"{contract.name}.{column.name}.{kind}"
        for column in contract.columns
        for kind, applies in CELL_KINDS.items()
        if applies(column)
    }
    whole = {f"{contract.name}.{kind}" for kind in ("duplicate", "conflict", "broken_row")}
    return cells | whole | {rule.id for rule in contract.rules}


def _rows(settings: Settings, path: Path, contract: Dataset) -> dict[int, dict[str, str]]:
    """Return the rows of a CSV in any dialect by spreadsheet row, under contract names."""
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    first = text.split("\n", 1)[0]
    separator = max(",;\t|", key=first.count)
    names = {fold(n): c.name for c in contract.columns for n in (c.name, *c.aliases)}
    found = list(csv.reader(io.StringIO(text), delimiter=separator))
    heads = [names[fold(cell)] for cell in found[0]]
    return {
        number: dict(zip(heads, cells, strict=False))
        for number, cells in enumerate(found[1:], start=2)
        if len(cells) == len(heads)
    }


def test_every_rule_of_every_contract_has_labelled_rows(home: Home) -> None:
    settings, result = home
    assert result.unplaced == []
    labelled = {row["rule"] for row in _truth(result)}
    expected = {rule for contract in datasets(settings).values() for rule in _rules(contract)}
    assert len(expected) > 400
    assert labelled - {f"file.{kind}" for kind in FILE_RULES} == expected
    assert {f"file.{kind}" for kind in FILE_RULES} <= labelled


def test_every_row_rule_and_dataset_has_a_way_to_be_broken(home: Home) -> None:
    settings, _ = home
    known = datasets(settings)
    assert set(ROW_RULES) == {rule.id for contract in known.values() for rule in contract.rules}
    assert set(CONFLICTS) == set(known)


def test_no_row_carries_two_faults_and_every_labelled_file_is_there(home: Home) -> None:
    settings, result = home
    truth = _truth(result)
    places = [(t["period"], t["agency_code"], t["file"], t["row_number"]) for t in truth]
    assert len(places) == len(set(places)) == result.faults
    for period, agency, file, _ in places:
        assert (settings.landing / period / agency / file).is_file()
    refused = {place[:3] for place in places if not place[3]}
    assert not [place for place in places if place[3] and place[:3] in refused]


def test_kendari_and_the_first_month_keep_their_files(home: Home) -> None:
    _, result = home
    files = [t for t in _truth(result) if not t["row_number"]]
    real = [t for t in files if t["rule"] not in ("file.unknown_period", "file.unknown_dataset")]
    assert real
    assert not [t for t in real if t["agency_code"] == result.agencies[0]]
    assert not [t for t in real if t["period"] == str(SPEC.first_period)]
    assert not [t for t in files if t["dataset"] in ("program_pelatihan", "kompetensi")]


def test_labels_point_at_the_faulty_cell(home: Home) -> None:
    """Empty required cells, impossible levels and spoilt NIPs stand where the truth says."""
    settings, result = home
    seen: dict[str, int] = defaultdict(int)
    checks = {
        "required": lambda cell: cell in ("", "-", "NULL", "N/A"),
        "ambiguous": lambda cell: cell == "1.234",
        "identity": lambda cell: cell.endswith(("200501 1 001", "7471011703800001")),
        "code": lambda cell: cell in ("TIDAK_ADA", "?"),
        "excel_number": lambda cell: re.fullmatch(r"\d\.\d\dE\+17|\d{15}000", cell) is not None,
        "range": lambda cell: re.fullmatch(r"-?\d+", cell) is not None,
    }
    for label in _truth(result):
        parts = label["rule"].split(".")
        if len(parts) != 3 or parts[2] not in checks or not label["file"].endswith(".csv"):
            continue
        path = settings.landing / label["period"] / label["agency_code"] / label["file"]
        rows = _rows(settings, path, dataset(settings, label["dataset"]))
        assert checks[parts[2]](rows[int(label["row_number"])][parts[1]]), label
        seen[parts[2]] += 1
    assert seen.keys() == checks.keys()


def test_duplicates_equal_an_earlier_row_and_conflicts_share_its_key(home: Home) -> None:
    settings, result = home
    conflicts: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    duplicates = 0
    for label in _truth(result):
        kind = label["rule"].rsplit(".", 1)[1]
        if kind not in ("duplicate", "conflict") or not label["file"].endswith(".csv"):
            continue
        contract = dataset(settings, label["dataset"])
        path = settings.landing / label["period"] / label["agency_code"] / label["file"]
        rows = _rows(settings, path, contract)
        row = rows[int(label["row_number"])]
        if kind == "duplicate":
            earlier = [n for n, other in rows.items() if other == row]
            assert min(earlier) < int(label["row_number"])
            duplicates += 1
        else:
            conflicts[label["period"], label["agency_code"], label["dataset"]].append(row)
    assert duplicates > 8
    assert len(conflicts) > 4
    for (_, _, name), rows_ in conflicts.items():
        keys = [tuple(row[c.name] for c in dataset(settings, name).key) for row in rows_]
        assert all(keys.count(key) == 2 for key in keys)


def test_clean_rows_keep_their_keys_apart_and_their_dates_in_the_past(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"faults_per_rule": 0, "agencies": 5, "people": 1_500})
    settings = get_settings(tmp_path)
    simulate(settings, spec)
    inspected = 0
    for period in spec.periods:
        for path in sorted((settings.landing / str(period)).rglob("*.csv")):
            contract = dataset(settings, path.stem)
            rows = list(_rows(settings, path, contract).values())
            keys = {tuple(row[c.name] for c in contract.key) for row in rows}
            assert len(keys) == len(rows), path
            inspected += len(rows)
    assert inspected > 10_000
    lan = settings.landing / str(spec.period) / "4012"
    contract = dataset(settings, "pegawai")
    for row in _rows(settings, lan / "pegawai.csv", contract).values():
        assert date.fromisoformat(row["tmt_jabatan"]) <= spec.period.last_day
        assert row["golongan"].count("/") == (not row["status_asn"].startswith("PPPK"))
        assert row["tmt_pensiun"] == "" or row["tmt_pensiun"] > spec.period.last_day.isoformat()


def test_files_arrive_after_the_month_and_mostly_before_they_are_due(home: Home) -> None:
    settings, _ = home
    days: list[timedelta] = []
    for period in SPEC.periods:
        for path in (settings.landing / str(period)).rglob("*.*"):
            received = date.fromtimestamp(path.stat().st_mtime)
            days.append(received - period.last_day)
    assert min(days) >= timedelta(days=1)
    assert max(days) <= timedelta(days=14)
    assert sum(day <= timedelta(days=8) for day in days) > 0.8 * len(days)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("iso", "2026-08-17"),
        ("dashed", "17-08-2026"),
        ("slashed", "17/08/2026"),
        ("long", "17 Agustus 2026"),
        ("serial", "46251"),
    ],
)
def test_dates_are_written_as_agencies_do(dates: str, expected: str) -> None:
    assert date_text(date(2026, 8, 17), Dialect(dates=dates)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decimals", "value", "expected"),
    [
        ("point", 85.5, "85.5"),
        ("comma", 85.5, "85,5"),
        ("grouped", 85.5, "85,5"),
        ("grouped", 950_000.0, "950000"),
        ("grouped", 45_000_000.0, "45.000.000,00"),
        ("point", 40.0, "40"),
    ],
)
def test_numbers_are_never_ambiguous(decimals: str, value: float, expected: str) -> None:
    assert number_text(value, Dialect(decimals=decimals)) == expected  # type: ignore[arg-type]


def test_text_keeps_nulls_and_renders_each_type() -> None:
    table = pa.table(
        {
            "tanggal": pa.array([date(2026, 1, 2), None]),
            "nilai": pa.array([7.25, None]),
            "jenis_kelamin": pa.array(["L", "P"]),
        }
    )
    text = as_text(table, Dialect(dates="slashed", decimals="comma", sexes=("1", "2")))
    assert text.to_pylist() == [
        {"tanggal": "02/01/2026", "nilai": "7,25", "jenis_kelamin": "1"},
        {"tanggal": None, "nilai": None, "jenis_kelamin": "2"},
    ]
