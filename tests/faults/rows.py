"""Sound rows to be spoilt, and the plain ways to write them."""

import io
from collections.abc import Sequence

import xlsxwriter
from support import APPRAISAL, NIPS, appraisals, csv_text

__all__ = ["APPRAISAL", "COURSE", "JOB", "NIPS", "appraisals", "book", "courses", "jobs", "table"]

JOB = ("kode_jabatan", "nama_jabatan", "jenjang_jabatan", "rumpun_jabatan", "kode_unor",
       "kebutuhan", "strategis")  # fmt: skip
COURSE = ("nip", "kode_program", "angkatan", "nilai_post", "status", "jp_diakui",
          "tanggal_selesai")  # fmt: skip
Rows = Sequence[Sequence[object]]


def jobs(*names: str) -> list[list[object]]:
    """Return sound rows of ``jabatan``, one for each name."""
    return [
        [f"J{n}", name, "AHLI_MUDA", "HUKUM", "U1", 1, "T"] for n, name in enumerate(names, start=1)
    ]


def many_jobs(count: int = 2_500) -> list[list[object]]:
    """Return so many rows of ``jabatan`` that their file is read by the engine itself."""
    return jobs(*(f"Analis Kebijakan Bidang {n}" for n in range(count)))


def courses(count: int = 3, first: int = 0) -> list[list[object]]:
    """Return sound rows of ``peserta_pelatihan``."""
    return [
        [nip, "PKA-01", "III", 81, "LULUS", 40, "2026-10-09"] for nip in NIPS[first : first + count]
    ]


def table(header: Sequence[str], rows: Rows, delimiter: str = ",") -> str:
    """Return plain CSV."""
    return csv_text(header, rows, delimiter)


def book(*sheets: Rows, names: Sequence[str] = (), hidden: Sequence[str] = ()) -> bytes:
    """Return a workbook: text as text, numbers as numbers, days as days."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    for index, rows in enumerate(sheets):
        page = workbook.add_worksheet(names[index] if names else f"Sheet{index + 1}")
        if page.name in hidden:
            page.hide()
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value)
                elif hasattr(value, "year"):
                    page.write_datetime(line, column, value, day)
                elif value is not None:
                    page.write(line, column, value)
    workbook.close()
    return stream.getvalue()
