"""What agencies' systems export: JSON, SIASN's envelope, JSON Lines and Parquet."""

import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asn_warehouse.contracts import dataset
from asn_warehouse.settings import get_settings
from asn_warehouse.simulate.cells import cell_fault
from asn_warehouse.simulate.dialects import Dialect, as_text, choose_dialects
from asn_warehouse.simulate.exports import json_bytes, jsonl_bytes, parquet_bytes
from asn_warehouse.simulate.files import sheet_bytes
from asn_warehouse.simulate.sheets import Sheet

SIASN = Dialect(format="json", header="siasn", dates="dashed", sexes=("M", "F"), is_enveloped=True)
TABLE = pa.table(
    {
        "nip": ["198003172005012001", "199205142023212015"],
        "jenis": ["PENGHARGAAN", "PENUGASAN_TIM"],
        "tanggal": pa.array([date(2026, 8, 17), date(2026, 3, 1)]),
        "nilai": pa.array([85.5, None]),
    }
)


def _sheet(tmp_path: Path, dialect: Dialect, **more: object) -> Sheet:
    contract = dataset(get_settings(tmp_path), "rekam_jejak")
    return Sheet(contract, dialect, as_text(TABLE, dialect), **more)  # type: ignore[arg-type]


def test_json_has_bare_numbers_and_nulls_and_texts_in_quotes(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, Dialect(format="json"))
    first, second = json.loads(json_bytes(sheet))
    assert first == {
        "nip": "198003172005012001",
        "jenis": "PENGHARGAAN",
        "tanggal": "2026-08-17",
        "nilai": 85.5,
    }
    assert second["nilai"] is None


def test_siasn_wraps_records_under_its_own_names_and_dates(tmp_path: Path) -> None:
    found = json.loads(json_bytes(_sheet(tmp_path, SIASN)))
    assert (found["code"], len(found["data"])) == (1, 2)
    assert found["data"][0] == {
        "nipBaru": "198003172005012001",
        "jenis": "PENGHARGAAN",
        "skDate": "17-08-2026",
        "nilai": 85.5,
    }


def test_edited_cells_are_texts_and_spoilt_nips_are_numbers(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, Dialect(format="jsonl"))
    faulty = sheet.text.set_column(3, "nilai", pa.array(["1.234", 'dua "puluh"']))
    sheet = Sheet(
        sheet.dataset,
        sheet.dialect,
        faulty,
        edited={(0, "nilai"), (1, "nilai")},
        float_cells={(1, "nip"): 1.99205142023212e17},
    )
    first, second = (json.loads(line) for line in jsonl_bytes(sheet).splitlines())
    assert first["nilai"] == "1.234"
    assert second["nilai"] == 'dua "puluh"'
    assert second["nip"] == 1.99205142023212e17


def test_a_broken_row_is_a_line_that_is_no_json(tmp_path: Path) -> None:
    lines = jsonl_bytes(_sheet(tmp_path, Dialect(format="jsonl"), extra_fields=[1])).splitlines()
    json.loads(lines[0])
    with pytest.raises(ValueError, match="column"):
        json.loads(lines[1])


def test_parquet_types_dates_and_numbers(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, Dialect(format="parquet"))
    data = parquet_bytes(sheet)
    assert data == parquet_bytes(sheet)
    assert pq.read_table(io.BytesIO(data)).equals(TABLE)


def test_packed_csv_is_the_same_at_any_time(tmp_path: Path) -> None:
    data = sheet_bytes(_sheet(tmp_path, Dialect(format="csv.gz")))
    assert data[:2] == b"\x1f\x8b"
    assert data[4:8] == bytes(4), "a time in the header"


def test_parquet_takes_no_fault_that_its_types_rule_out(tmp_path: Path) -> None:
    contract, row = dataset(get_settings(tmp_path), "rekam_jejak"), TABLE.to_pylist()[0]
    parquet = Dialect(format="parquet")
    nilai, nip = contract.column("nilai"), contract.column("nip")
    assert cell_fault(nilai, "format", row, 0, parquet) is None
    assert cell_fault(nilai, "ambiguous", row, 0, parquet) is None
    assert cell_fault(nilai, "range", row, 0, parquet) == {"nilai": "-1"}
    assert cell_fault(nip, "format", row, 0, parquet) == {"nip": "19800317200501200"}
    assert cell_fault(contract.column("jenis"), "required", row, 0, SIASN) is None, (
        "it has a default"
    )


def test_eight_agencies_send_every_format_and_the_first_three_csv() -> None:
    sizes = np.array([800, 300, 200, 90, 100, 110, 120, 130])
    chosen = choose_dialects(sizes)
    formats = {dialect.format for habits in chosen for dialect in habits.values()}
    assert formats == {"csv", "csv.gz", "xlsx", "json", "jsonl", "parquet"}
    assert {dialect.format for habits in chosen[:3] for dialect in habits.values()} == {"csv"}


def test_agencies_asked_to_be_plain_all_write_the_csv_of_the_contract() -> None:
    chosen = choose_dialects(np.array([800, 300, 200, 90, 100, 110]), plain=True)
    assert {dialect for habits in chosen for dialect in habits.values()} == {Dialect()}
