"""Files that must be refused whole, and one that never comes."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq

from asn_warehouse.simulate.agencies import Agency
from asn_warehouse.simulate.dialects import Dialect, header
from asn_warehouse.simulate.draws import stream
from asn_warehouse.simulate.exports import json_bytes, parquet_bytes
from asn_warehouse.simulate.files import csv_bytes, xlsx_bytes
from asn_warehouse.simulate.sheets import Sheet
from asn_warehouse.simulate.spec import SimulationSpec

Place = tuple[str, int, str]
"""Period, agency index, dataset."""


@dataclass(frozen=True)
class Damage:
    """A way to spoil a whole file."""

    rule: str
    extension: str
    data: Callable[[Sheet, np.random.Generator], bytes]
    dialect: Dialect | None = None
    """How the sheet is written; None for the agency's CSV."""


def _with_column(name: str, values: Callable[[int], str]) -> Callable[..., bytes]:
    def data(sheet: Sheet, rng: np.random.Generator) -> bytes:
        extra = [values(n) for n in range(sheet.text.num_rows)]
        table = sheet.text.append_column(name, [extra])
        headings = [*header(sheet.dataset, sheet.dialect), name]
        return csv_bytes(Sheet(sheet.dataset, sheet.dialect, table), headings)

    return data


def _without_column(sheet: Sheet, rng: np.random.Generator) -> bytes:
    """Drop the last required column that is not part of the key."""
    columns = sheet.dataset.columns
    lost = max(n for n, c in enumerate(columns) if c.required and not c.is_key)
    headings = header(sheet.dataset, sheet.dialect)
    table = sheet.text.remove_column(lost)
    return csv_bytes(
        Sheet(sheet.dataset, sheet.dialect, table), headings[:lost] + headings[lost + 1 :]
    )


def _twice(sheet: Sheet, rng: np.random.Generator) -> bytes:
    """Repeat the last required column under the contract's own name."""
    column = next(c for c in reversed(sheet.dataset.columns) if c.required and not c.is_key)
    table = sheet.text.append_column(f"{column.name}_2", sheet.text[column.name])
    headings = [*header(sheet.dataset, sheet.dialect), column.name]
    return csv_bytes(Sheet(sheet.dataset, sheet.dialect, table), headings)


def _header_only(sheet: Sheet, rng: np.random.Generator) -> bytes:
    return csv_bytes(Sheet(sheet.dataset, sheet.dialect, sheet.text.slice(0, 0)))


def _noise(sheet: Sheet, rng: np.random.Generator) -> bytes:
    """Return bytes that are no text: NUL and control bytes in an odd-length file."""
    return b"\x00\x01\x02\x00\xff\xd8\x81\x8d" + rng.bytes(4095).replace(b"\n", b"\x00")


def _broken_workbook(sheet: Sheet, rng: np.random.Generator) -> bytes:
    return b"PK\x03\x04" + rng.bytes(2048)


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _with_lists(sheet: Sheet, rng: np.random.Generator) -> bytes:
    """Return Parquet whose last column holds lists."""
    table = pq.read_table(io.BytesIO(parquet_bytes(sheet)))
    last, name = table.num_columns - 1, table.column_names[-1]
    nested = table.set_column(last, name, [[[cell] for cell in table[name].to_pylist()]])
    buffer = io.BytesIO()
    pq.write_table(nested, buffer)
    return buffer.getvalue()


def _with_macros(sheet: Sheet, rng: np.random.Generator) -> bytes:
    buffer = io.BytesIO(xlsx_bytes(sheet))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(zipfile.ZipInfo("xl/vbaProject.bin"), rng.bytes(512))
    return buffer.getvalue()


def _old_workbook(content: bytes) -> Callable[[Sheet, np.random.Generator], bytes]:
    """Return a compound file, as Excel wrote until 2003 and still writes under a password."""
    return lambda sheet, rng: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.bytes(1016) + content


_XLSX, _JSON = Dialect(format="xlsx"), Dialect(format="json")
_PARQUET = Dialect(format="parquet")
_NOTHING = b'{"code":0,"data":[],"message":"Data tidak ditemukan"}\n'
_NO_RECORDS = b'{"judul":"Rekam jejak","jumlah":12}\n'
_DAMAGES: tuple[tuple[str, Damage], ...] = (
    ("kinerja", Damage("file.missing_column", "csv", _without_column)),
    (
        "pegawai",
        Damage("file.forbidden_column", "csv", _with_column("NIK", lambda n: f"747101{n:010d}")),
    ),
    (
        "survei_pelatihan",
        Damage("file.forbidden_column", "csv", _with_column("email", lambda n: f"r{n}@contoh.id")),
    ),
    ("standar_kompetensi", Damage("file.duplicate_column", "csv", _twice)),
    ("kinerja", Damage("file.unreadable", "xlsx", _broken_workbook)),
    ("jabatan", Damage("file.encoding", "csv", _noise)),
    ("survei_pelatihan", Damage("file.empty", "csv", lambda sheet, rng: b"")),
    ("penilaian_kompetensi", Damage("file.no_rows", "csv", _header_only)),
    (
        "standar_kompetensi",
        Damage("file.format", "pdf", lambda sheet, rng: b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"),
    ),
    ("potensi", Damage("file.json", "json", lambda sheet, rng: _cut(json_bytes(sheet)), _JSON)),
    ("riwayat_jabatan", Damage("file.siasn_empty", "json", lambda sheet, rng: _NOTHING)),
    ("rekam_jejak", Damage("file.json_shape", "json", lambda sheet, rng: _NO_RECORDS)),
    ("rencana_pengembangan", Damage("file.nested_column", "parquet", _with_lists, _PARQUET)),
    (
        "survei_kepuasan_masyarakat",
        Damage("file.unreadable", "parquet", lambda s, rng: _cut(parquet_bytes(s)), _PARQUET),
    ),
    ("rekam_jejak", Damage("file.macro", "xlsx", _with_macros, _XLSX)),
    ("rencana_pengembangan", Damage("file.old_excel", "xlsx", _old_workbook(b"Workbook"))),
    (
        "survei_kepuasan_masyarakat",
        Damage("file.password", "xlsx", _old_workbook("EncryptedPackage".encode("utf-16-le"))),
    ),
)
STRAYS = (
    ("file.unknown_agency", "9999", "jabatan"),
    ("file.unknown_dataset", None, "gaji"),
    ("file.unknown_period", None, "jabatan"),
)
"""Good files at a path that names nothing known; None stands for a real agency."""


def plan_damage(
    spec: SimulationSpec, agencies: list[Agency]
) -> tuple[dict[Place, Damage], Place | None]:
    """Return what is spoilt where, and what is never sent; None if no sound file is left for that.

    Kendari is spared, the first three agencies too where there are more, and the first month where
    there is a later one, since it carries the history. Only the smallest agency loses its roster.
    """
    if not spec.has_damage:
        return {}, None
    rng = stream(spec.seed, "damage")
    spared = 3 if len(agencies) > 6 else 1
    order = (spared + rng.permutation(len(agencies) - spared)).tolist()
    smallest = min(order, key=lambda n: agencies[n].typical_size)
    periods = [str(period) for period in spec.periods][-2:]
    places: dict[Place, Damage] = {}
    for number, (dataset, damage) in enumerate(_DAMAGES):
        period = periods[-1 - number % 2] if spec.months > 2 else periods[-1]
        if dataset == "pegawai" and spec.months == 1:
            continue
        turn = order[number % len(order) :] + order[: number % len(order)]
        if dataset == "pegawai":
            period, turn = periods[-1], [smallest]
        agency = next(n for n in turn if (period, n, dataset) not in places)
        places[period, agency, dataset] = damage
    unsent = [(periods[-1], agency, "survei_pelatihan") for agency in reversed(order)]
    return places, next((place for place in unsent if place not in places), None)
