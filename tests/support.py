"""A small home for tests: reference files, landed files, and what admission made of them."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import xlsxwriter

from asn_warehouse import admission
from asn_warehouse.contracts import datasets
from asn_warehouse.lake import read_submissions
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

PERIOD = "2026-10"
AGENCY = "4011"
OTHER = "7471"
RECEIVED = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
KEY = "a key of the tests, thirty-two and more"
NIPS = tuple(f"19800317200501{sex}{serial:03d}" for sex in (1, 2) for serial in range(1, 400))
"""NIPs that a PNS could have; the digits before the serial say birth, appointment and sex."""


@dataclass(frozen=True)
class Home:
    """An ASN_HOME with helpers to land files and to read what came of them."""

    settings: Settings

    def land(
        self,
        name: str,
        content: str | bytes,
        agency: str = AGENCY,
        period: str = PERIOD,
        received: datetime = RECEIVED,
    ) -> Path:
        """Write a file into the landing folder as if received at ``received``."""
        path = self.settings.landing / period / agency / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (received.timestamp(), received.timestamp()))
        return path

    def ingest(self, period: str = PERIOD) -> dict[tuple[str, str], admission.Outcome]:
        """Admit what has landed; return the outcome by agency and file name."""
        summary = admission.ingest(self.settings, Period.parse(period))
        for outcome in summary.outcomes:
            assert outcome.rows_accepted + outcome.rows_rejected == outcome.rows_read
        return {(o.file.agency_code, o.file.name): o for o in summary.outcomes}

    def receipt(self, dataset: str, agency: str = AGENCY, period: str = PERIOD) -> dict[str, Any]:
        """Return the receipt in the agency's outbox."""
        path = self.settings.outbox / period / agency / f"{dataset}.receipt.json"
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return content

    def rejects(self, dataset: str, agency: str = AGENCY) -> list[tuple[Any, ...]]:
        """Return the rows of the reject workbook, header first."""
        path = self.settings.outbox / PERIOD / agency / f"{dataset}.ditolak.xlsx"
        sheet = openpyxl.load_workbook(path).active
        return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]

    def lake(
        self, dataset: str, agency: str = AGENCY, period: str = PERIOD
    ) -> list[dict[str, Any]]:
        """Return the lake rows of the agency's last admitted revision, in row order."""
        admitted = [
            row["submission_id"]
            for row in self.log(period)
            if (row["agency_code"], row["dataset"]) == (agency, dataset)
            and row["status"] != "ditolak"
        ]
        files = self.settings.lake / dataset / f"period={period}" / "*.parquet"
        if not admitted or not list(files.parent.glob("*.parquet")):
            return []
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select * from read_parquet('{files}', hive_partitioning = false)"
                " where submission_id = ? order by row_number",
                [admitted[-1]],
            )
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]

    def log(self, period: str = PERIOD) -> list[dict[str, Any]]:
        """Return the commit log of a month."""
        rows: list[dict[str, Any]] = read_submissions(self.settings, period).to_pylist()
        return rows


def make_home(folder: Path, agencies: Sequence[str] = (AGENCY, OTHER), **more: Any) -> Home:
    """Return a home whose reference files name ``agencies``; all datasets are due monthly."""
    settings = Settings(home=folder, memory_limit="512MB", threads=2, pseudonym_key=KEY, **more)
    settings.reference.mkdir(parents=True)
    if settings.landing_url is None:
        settings.landing.mkdir(parents=True)
    lines = [f"{code},Instansi {code},KOTA,7471,2020-01-01,," for code in agencies]
    head = "kode_instansi,nama_instansi,jenis,kode_wilayah,berlaku_mulai,berlaku_sampai,"
    _write(settings, "instansi", head + "kode_pengganti", lines)
    due = [
        f"{month},{name},{after}-10,Y"
        for month, after in (("2026-10", "2026-11"), ("2026-11", "2026-12"))
        for name in datasets(settings)
    ]
    _write(settings, "kalender", "period,dataset,jatuh_tempo,wajib", due)
    _write(settings, "wilayah", "kode_wilayah,nama,kode_provinsi,terpencil", ["7471,Kendari,74,T"])
    return Home(settings)


def _write(settings: Settings, name: str, head: str, lines: Iterable[str]) -> None:
    text = "\n".join([head, *lines]) + "\n"
    (settings.reference / f"{name}.csv").write_text(text, "utf-8")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    """Return plain CSV; a cell that needs quotes gets them."""

    def cell(value: object) -> str:
        text = str(value)
        needs = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(delimiter.join(map(cell, row)) + "\n" for row in (header, *rows))


def workbook(
    path: Path, rows: Sequence[Sequence[object]], sheet: str = "Data", before: Sequence[str] = ()
) -> Path:
    """Write a workbook with ``rows`` in ``sheet``, after empty-handed sheets ``before``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name in before:
        book.add_worksheet(name).write_string(0, 0, "Petunjuk pengisian")
    page = book.add_worksheet(sheet)
    date_format = book.add_format({"num_format": "dd/mm/yyyy"})
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(line, column, value)
            elif hasattr(value, "year"):
                page.write_datetime(line, column, value, date_format)
            elif value is not None:
                page.write_number(line, column, value)
    book.close()
    return path


APPRAISAL = ("nip", "tahun", "periode", "hasil_kerja", "perilaku_kerja", "kuadran")


def appraisals(count: int, first: int = 0) -> list[list[object]]:
    """Return sound rows of ``kinerja`` under the header ``APPRAISAL``."""
    return [[nip, 2025, "TAHUNAN", 2, 2, 2] for nip in NIPS[first : first + count]]


GOOD = csv_text(APPRAISAL, appraisals(3, first=50))
"""A sound file of ``kinerja`` with three rows."""


def other_goes_on(home: Home, outcomes: dict[tuple[str, str], admission.Outcome]) -> None:
    """Assert that the other agency's ``GOOD`` file of the same run is in the lake, whole."""
    assert outcomes[OTHER, "kinerja.csv"].status == "diterima"
    assert [row["row_number"] for row in home.lake("kinerja", OTHER)] == [2, 3, 4]
    assert home.receipt("kinerja", OTHER)["status"] == "diterima"
