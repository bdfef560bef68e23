"""The sheet ``Petunjuk`` of a template: how to fill and send it, and the row rules in words."""

import re
from dataclasses import dataclass
from datetime import date
from math import ceil

import xlsxwriter
from babel.dates import format_date
from xlsxwriter.worksheet import Worksheet

from asn_warehouse.contracts import Dataset, RowRule
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, read_reference, reference_path
from asn_warehouse.settings import Settings

_PLACES = re.compile(r" pada baris \{row\}|:? \{(row|value|column)\}")
_WIDTH = 62
_LETTERS = 74
"""Width of a column of the guide, and how many letters a line of it takes."""


@dataclass(frozen=True)
class Addressee:
    """Who fills a template and for which month, as far as that is known."""

    agency_code: str | None = None
    agency_name: str | None = None
    period: Period | None = None
    due: date | None = None

    @property
    def month(self) -> str:
        """The month in words, or empty."""
        return _in_words(self.period.first_day, "MMMM y") if self.period else ""

    def title(self, dataset: Dataset) -> str:
        """Return the heading of the sheet to be filled."""
        agency = " ".join(filter(None, (self.agency_code, self.agency_name)))
        return " · ".join(filter(None, (dataset.label, agency, self.month)))


def addressee(
    settings: Settings, dataset: str, agency: str | None, period: Period | None
) -> Addressee:
    """Return agency and month with the names and due dates of the reference files, if any.

    Raises:
        UsageError: when the reference files are there but do not know the agency or the month.
    """
    name = due = None
    if agency and reference_path(settings, "instansi").is_file():
        known = (
            agencies_in_force(settings, period)
            if period
            else {
                row["kode_instansi"]: row["nama_instansi"]
                for row in read_reference(settings, "instansi")
            }
        )
        if agency not in known:
            raise UsageError(
                f"Kode instansi {agency!r} tidak dikenal.",
                mend=f"Kode yang berlaku ada pada {reference_path(settings, 'instansi')}.",
            )
        name = known[agency]
    if period and reference_path(settings, "kalender").is_file():
        rows = [r for r in read_reference(settings, "kalender") if r["period"] == str(period)]
        if not rows:
            raise UsageError(
                f"Bulan laporan {period} tidak ada dalam kalender.",
                mend=f"Bulan yang berlaku ada pada {reference_path(settings, 'kalender')}.",
            )
        dates = [r["jatuh_tempo"] for r in rows if r["dataset"] == dataset]
        due = date.fromisoformat(dates[0]) if dates else None
    return Addressee(agency, name, period, due)


def rule_in_words(rule: RowRule) -> str:
    """Return when a row breaks ``rule``, without the places of a single row."""
    return _PLACES.sub("", rule.text["id"])


def write_guide(
    sheet: Worksheet, book: xlsxwriter.Workbook, dataset: Dataset, to: Addressee, first_row: int
) -> None:
    """Write the guide of ``dataset``; ``first_row`` is the first row to fill, as shown."""
    base = {"text_wrap": True, "valign": "top", "font_name": "Calibri", "font_size": 11}
    plain = book.add_format(base)
    bold = {"font_name": "Calibri", "bold": True}
    head = book.add_format({**bold, "font_color": "#1F4E79", "font_size": 12})
    title = book.add_format({**bold, "font_size": 14})
    sheet.set_column(0, 1, _WIDTH, plain)
    sheet.write_string(0, 0, f"Petunjuk pengisian: {dataset.label}", title)
    row = 1
    for heading, lines in _sections(dataset, to, first_row):
        sheet.write_string(row, 0, heading, head)
        row += 1
        for left, right in lines:
            if right:
                sheet.write_string(row, 0, left, plain)
                sheet.write_string(row, 1, right, plain)
                height = max(len(left), len(right)) / _LETTERS
            else:
                sheet.merge_range(row, 0, row, 1, left, plain)
                height = len(left) / (2 * _LETTERS)
            sheet.set_row(row, 15.5 * ceil(height))
            row += 1
        row += 1
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sections(
    dataset: Dataset, to: Addressee, first_row: int
) -> list[tuple[str, list[tuple[str, str]]]]:
    errors, warnings = (
        [(rule_in_words(r), r.mend["id"]) for r in dataset.rules if r.severity == severity]
        for severity in ("error", "warning")
    )
    sections = [
        ("Isi data ini", [(text, "") for text in _content(dataset, to)]),
        ("Cara mengisi", [(text, "") for text in _filling(dataset, first_row)]),
        ("Baris ditolak bila (masalah dan cara memperbaiki)", errors),
        ("Baris diterima dengan peringatan bila (masalah dan cara memperbaiki)", warnings),
        ("Cara mengirim", [(text, "") for text in _sending(dataset, to)]),
        ("Yang tidak boleh dikirim", [(FORBIDDEN_TEXT, "")]),
    ]
    return [(heading, lines) for heading, lines in sections if lines]


FORBIDDEN_TEXT = (
    "NIK, alamat, nomor telepon, surel, agama, status perkawinan, gaji, NPWP, BPJS, data anak dan "
    "data kesehatan. Berkas yang memuat kolom seperti itu ditolak seluruhnya dan tidak disimpan "
    "(UU 27/2022)."
)


def _content(dataset: Dataset, to: Addressee) -> list[str]:
    known = []
    if to.agency_code:
        known.append("Instansi: " + " ".join(filter(None, (to.agency_code, to.agency_name))) + ".")
    if to.period:
        known.append(f"Bulan laporan: {to.month}.")
    if to.due:
        known.append(f"Kirim paling lambat {_in_words(to.due, 'd MMMM y')}.")
    return [*known, dataset.description, dataset.usage]


def _filling(dataset: Dataset, first_row: int) -> list[str]:
    kinds = {column.kind for column in dataset.columns}
    key = " + ".join(column.name for column in dataset.key)
    texts = [
        f"Isi lembar Data mulai baris {first_row}: {dataset.grain}.",
        f"Jangan mengubah nama kolom pada baris {first_row - 1}. Urutan kolom bebas.",
        "Kolom yang bertanda wajib harus terisi. Kolom lain boleh kosong.",
        f"Satu baris saja untuk setiap {key}; baris ganda ditolak.",
        "Bila menyalin dari berkas lain, tempel nilainya saja (Tempel Khusus, lalu Nilai) supaya "
        "format dan daftar pilihan tidak hilang.",
    ]
    if kinds & {"code"}:
        texts.append("Kolom kode: pilih dari daftar pada sel. Artinya ada pada lembar Kode.")
    if "date" in kinds:
        texts.append(
            "Tanggal: tulis 31/10/2026 atau 2026-10-31. Sel menampilkan nama bulan; periksa apakah "
            "bulannya benar."
        )
    if "nip" in kinds:
        texts.append(
            "NIP: 18 angka dalam sel berformat Teks. Sel berformat angka membulatkan angka "
            "terakhir, dan NIP yang rusak tidak dapat dipulihkan."
        )
    if "respondent" in kinds:
        texts.append("Jangan memakai NIP, NIK atau nama sebagai nomor atau tanda responden.")
    return texts


def _sending(dataset: Dataset, to: Addressee) -> list[str]:
    period, agency = to.period or "<bulan>", to.agency_code or "<kode_instansi>"
    return [
        f"Simpan sebagai {dataset.name}.xlsx, lalu kirim ke folder {period}/{agency}/ melalui "
        "saluran yang ditetapkan pengelola.",
        "Sesudah diterima, Anda mendapat tanda terima. Bila ada baris yang ditolak, Anda juga "
        f"mendapat {dataset.name}.ditolak.xlsx berisi alasan dan cara memperbaiki.",
        "Perbaiki pada berkas ini, lalu kirim lagi seluruhnya dengan nama yang sama: kiriman "
        "terakhir menggantikan kiriman sebelumnya.",
    ]


def _in_words(day: date, pattern: str) -> str:
    return str(format_date(day, pattern, locale="id_ID"))
