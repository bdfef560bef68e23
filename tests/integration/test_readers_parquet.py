"""Parquet: typed columns read as the same text, and what a schema alone refuses."""

import io
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import AGENCY, APPRAISAL, NIPS, Home, appraisals

from asn_warehouse.admission import Outcome

COLUMNS: dict[str, Any] = {
    name: list(values)
    for name, values in zip(APPRAISAL, zip(*appraisals(3), strict=True), strict=True)
}
COURSE: dict[str, Any] = {
    "nip": [NIPS[0]], "kode_program": ["PKA-01"], "angkatan": ["III"], "status": ["LULUS"],
    "tanggal_selesai": [date(2026, 3, 20)],
}  # fmt: skip


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def sent(home: Home, content: bytes, name: str = "kinerja.parquet") -> Outcome:
    home.land(name, content)
    return home.ingest()[AGENCY, name]


TYPES: dict[str, dict[str, Any]] = {
    "text": {},
    "large text": {"nip": pa.array(COLUMNS["nip"], pa.large_string())},
    "text views": {"nip": pa.array(COLUMNS["nip"], pa.string_view())},
    "bytes": {"periode": pa.array([b"TAHUNAN"] * 3)},
    "dictionary": {"periode": pa.array(COLUMNS["periode"]).dictionary_encode()},
    "whole numbers": {"nip": [int(nip) for nip in COLUMNS["nip"]]},
    "decimals": {"nip": pa.array([Decimal(nip) for nip in COLUMNS["nip"]], pa.decimal128(18, 0))},
    "fractions": {"tahun": [2025.0] * 3, "hasil_kerja": pa.array([2.0] * 3, pa.float32())},
    "small numbers": {"hasil_kerja": pa.array([2] * 3, pa.int8())},
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_reads_alike(home: Home, kind: str) -> None:
    outcome = sent(home, parquet({**COLUMNS, **TYPES[kind]}))
    assert (outcome.status, outcome.format, outcome.rows_read) == ("diterima", "parquet", 3)
    rows = home.lake("kinerja")
    assert [row["row_number"] for row in rows] == [1, 2, 3]
    assert {(r["tahun"], r["periode"], r["hasil_kerja"]) for r in rows} == {(2025, "TAHUNAN", 2)}
    assert len({row["person_key"] for row in rows}) == 3


DAYS: dict[str, pa.Array] = {
    "day": pa.array([date(2026, 3, 20)]),
    "day in milliseconds": pa.array([date(2026, 3, 20)], pa.date64()),
    "moment": pa.array([datetime(2026, 3, 20)], pa.timestamp("ns")),
    "moment of the day": pa.array([datetime(2026, 3, 20, 23, 59, 59)], pa.timestamp("ms")),
    "midnight in Jakarta as UTC": pa.array([datetime(2026, 3, 19, 17)], pa.timestamp("us", "UTC")),
    "midnight in Jayapura": pa.array(
        [datetime(2026, 3, 19, 15)], pa.timestamp("us", "Asia/Jayapura")
    ),
    "text": pa.array(["20/03/2026"]),
    "serial": pa.array([46101]),
}


@pytest.mark.parametrize("kind", DAYS)
def test_every_kind_of_day_is_that_day(home: Home, kind: str) -> None:
    content = parquet({**COURSE, "tanggal_selesai": DAYS[kind]})
    assert sent(home, content, "peserta_pelatihan.parquet").status == "diterima"
    assert home.lake("peserta_pelatihan")[0]["tanggal_selesai"] == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (pa.array([Decimal("85.500")], pa.decimal128(10, 3)), 85.5),
        (pa.array([1.234]), 1.234),
        (pa.array([12.345], pa.float32()), 12.345),
        (pa.array([float("nan")]), None),
        (pa.nulls(1), None),
    ],
    ids=["decimal", "fraction", "short fraction", "NaN", "nothing"],
)
def test_a_fraction_is_no_thousand(home: Home, values: pa.Array, read: float | None) -> None:
    sent(home, parquet({**COURSE, "nilai_pre": values}), "peserta_pelatihan.parquet")
    assert home.lake("peserta_pelatihan")[0]["nilai_pre"] == read


def test_an_nip_that_is_a_fraction_is_rejected_as_damaged(home: Home) -> None:
    outcome = sent(home, parquet({**COLUMNS, "nip": [float(nip) for nip in COLUMNS["nip"]]}))
    assert outcome.refusal_rule == "file.all_rejected"
    assert [(r.rule, r.rows) for r in outcome.reasons] == [("kinerja.nip.excel_number", 3)]
    assert outcome.rejected[0].cells[0] == "1.98003172005011E+17"


SOUND = parquet(COLUMNS)
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "cut off": (SOUND[:-20], "file.unreadable", "Parquet"),
    "cut off at once": (SOUND[:50], "file.unreadable", "Parquet"),
    "damaged inside": (
        SOUND[:4] + bytes(len(SOUND) - 4 - 1200) + SOUND[-1200:], "file.unreadable", "Parquet",
    ),
    "text": (b"nip,tahun\n1,2\n", "file.unreadable", "Parquet"),
    "no rows": (parquet({name: v[:0] for name, v in COLUMNS.items()}), "file.no_rows", ""),
    "nested": (parquet({**COLUMNS, "kuadran": [[1]] * 3}), "file.nested_column", "kuadran"),
    "an object": (parquet({**COLUMNS, "tahun": [{"a": 1}] * 3}), "file.nested_column", "tahun"),
    "a time of day": (parquet({**COLUMNS, "periode": [time(1)] * 3}), "file.nested_column",
                      "periode"),
    "forbidden": (parquet({**COLUMNS, "Alamat": [""] * 3}), "file.forbidden_column", "Alamat"),
    "forbidden inside": (parquet({**COLUMNS, "x": [{"nik": 1}] * 3}), "file.forbidden_column",
                         "nik"),
    "twice": (parquet({**COLUMNS, "N.I.P": COLUMNS["nip"]}), "file.duplicate_column", "nip"),
    "missing": (parquet({n: v for n, v in COLUMNS.items() if n != "nip"}), "file.missing_column",
                "nip"),
    "no UTF-8": (parquet({**COLUMNS, "periode": pa.array([b"\xff"] * 3)}), "file.encoding", ""),
    "NUL": (parquet({**COLUMNS, "periode": ["a\0"] * 3}), "file.encoding", ""),
    "a long text": (parquet({**COLUMNS, "periode": ["x" * 1_100_000] * 3}), "file.long_cell",
                    "periode"),
    "a bomb": (parquet({n: v[:1] * 100_000 for n, v in COLUMNS.items()}
                       | {"periode": ["x" * 9_000] * 100_000}), "file.too_large", "> 640 MB"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_file_is_refused_with_its_reason(home: Home, fault: str) -> None:
    content, rule, value = REFUSED[fault]
    outcome = sent(home, content)
    assert (outcome.refusal_rule, outcome.refusal_value) == (rule, value)


def test_forbidden_columns_are_found_before_any_data_are_read(home: Home) -> None:
    content = parquet({**COLUMNS, "nik": ["7"] * 3})
    spoilt = content[:4] + b"\xff" * 300 + content[304:]
    assert sent(home, spoilt).refusal_rule == "file.forbidden_column"


def test_unknown_columns_of_any_type_are_ignored_with_a_notice(home: Home) -> None:
    outcome = sent(home, parquet({**COLUMNS, "lampiran": [{"a": [1]}] * 3, "nipBaru": [""] * 3}))
    assert (outcome.status, outcome.ignored) == ("diterima", ("lampiran", "nipBaru"))


def test_rows_keep_their_order_over_row_groups(home: Home) -> None:
    columns = {
        name: list(v) for name, v in zip(APPRAISAL, zip(*appraisals(300), strict=True), strict=True)
    }
    columns["hasil_kerja"][250] = 9
    outcome = sent(home, parquet(columns, row_group_size=64))
    assert (outcome.rows_read, outcome.rejected[0].row_number) == (300, 251)
    assert outcome.rejected[0].cells[0] == NIPS[250]
