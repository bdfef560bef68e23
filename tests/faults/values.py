"""Dates, numbers, codes and texts: what can be read in one way, in two ways, or in none."""

from datetime import date

from faults.catalogue import Answer, Case, accepted, case, partly
from faults.rows import COURSE, JOB, courses, jobs, table

DATASET = "peserta_pelatihan"
UNREAD, TWO_WAYS, NO_CODE = "tidak dapat dibaca", "dua cara", "tidak ada dalam daftar"


def with_cell(name: str, value: str) -> str:
    """Return three rows of ``peserta_pelatihan``; the second has ``value``."""
    rows = courses()
    rows[1][COURSE.index(name)] = value
    return table(COURSE, rows, ";")


def rejected(rule: str, says: str) -> Answer:
    return partly(3, {f"{DATASET}.{rule}": 1}, says, numbers=(3,))


def date_cases() -> list[Case]:
    day, usual = date(2026, 8, 17), date(2026, 10, 9)
    good = {
        "iso": "2026-08-17", "short": "2026-8-17", "dashes": "17-08-2026", "slashes": "17/8/2026",
        "words": "17 Agustus 2026", "old-month": "17 Agt 2026", "upper": "17  AGUSTUS  2026",
        "serial": "46251", "serial-float": "46251.0", "midnight": "2026-08-17 00:00:00",
        "zone": "2026-08-17T07:30:00Z", "blanks": "\u00a017/08/2026\u2009",
    }  # fmt: skip
    bad = {
        "year-short": "17/08/26", "american": "08/17/2026", "no-day": "Agustus 2026",
        "31-february": "31-02-2026", "29-february": "29/02/2026", "month-13": "2026-13-01",
        "zero": "00/00/0000", "english": "17 August 2026", "dots": "17.08.2026",
        "year-first-slashes": "2026/08/17", "compact": "20260817", "serial-small": "17",
        "serial-large": "99999", "serial-fraction": "46251.5", "year-1026": "1026-08-17",
        "word": "kemarin", "formula": "=TODAY()", "negative": "-46251", "two": "17-18/08/2026",
    }  # fmt: skip
    return [
        *(case(f"date-{id}", f"writes a date as {text!r}", f"{DATASET}.csv",
               with_cell("tanggal_selesai", text),
               accepted(3, values={"tanggal_selesai": [usual, day, usual]}))
          for id, text in good.items()),
        *(case(f"date-{id}", f"writes {text!r} for a date", f"{DATASET}.csv",
               with_cell("tanggal_selesai", text),
               # What is no date is no date of the course's end either: only the cell is wrong.
               partly(3, {f"{DATASET}.tanggal_selesai.format": 1,
                          f"{DATASET}.finished_without_date": 1}, UNREAD, rejected=1,
                      numbers=(3,)))
          for id, text in bad.items()),
        case("date-to-come", "writes a date that is yet to come", f"{DATASET}.csv",
             with_cell("tanggal_selesai", "2099-01-01"),
             rejected("future_date", "belum terjadi")),
        case("date-day-of-receipt", "writes the day on which the file is sent", f"{DATASET}.csv",
             with_cell("tanggal_selesai", "2026-11-05"), accepted(3)),
    ]  # fmt: skip


def number_cases() -> list[Case]:
    good = {
        "comma": ("85,5", 85.5), "point": ("85.5", 85.5), "indonesian": ("1.234,5", 1234.5),
        "english": ("1,234.5", 1234.5), "thousands": ("1.234.567", 1_234_567.0),
        "plus": ("+40", 40.0), "scientific": ("4.05e1", 40.5), "zeros": ("040", 40.0),
        "small": ("0.125", 0.125), "small-comma": ("0,500", 0.5), "blanks": (" 40 ", 40.0),
        "long": ("12,3456", 12.3456), "minus-zero": ("-0", 0.0),
    }  # fmt: skip
    bad = {
        "percent": "85%", "unit": "40 JP", "currency": "Rp125.000", "roman": "XL", "word": "empat",
        "slash": "40/50", "range": "40-50", "two-points": "1.234.56", "mixed": "1,234,5",
        "infinity": "Infinity", "nan": "NaN", "hexadecimal": "0x28", "underscore": "1_000",
        "fraction": "½", "arabic": "٤٠", "double-minus": "--40", "blank-inside": "1 234",
        "apostrophes": "1'234", "error": "#DIV/0!", "formula": "=20+20", "overflow": "9" * 400,
    }  # fmt: skip
    return [
        *(case(f"number-{id}", f"writes a number as {text!r}", f"{DATASET}.csv",
               with_cell("jp_diakui", text), accepted(3, values={"jp_diakui": [40.0, value, 40.0]}))
          for id, (text, value) in good.items()),
        *(case(f"number-{id}", f"writes {text[:20]!r} for a number", f"{DATASET}.csv",
               with_cell("jp_diakui", text), rejected("jp_diakui.format", UNREAD))
          for id, text in bad.items()),
        *(case(f"number-{id}", f"writes {text!r}, which can be read in two ways",
               f"{DATASET}.csv", with_cell("jp_diakui", text),
               rejected("jp_diakui.ambiguous", TWO_WAYS))
          for id, text in {"two-ways": "1.234", "two-ways-comma": "12,345",
                           "two-ways-minus": "-1.500"}.items()),
        case("number-negative", "writes a number below nought", f"{DATASET}.csv",
             with_cell("jp_diakui", "-40"), rejected("jp_diakui.range", "di luar batas")),
    ]  # fmt: skip


def code_cases() -> list[Case]:
    good = {
        "small": "lulus", "blanks": "Tidak Lulus", "dashes": "mengundurkan-diri",
        "outer-blanks": "\u00a0LULUS\u200b ",
    }  # fmt: skip
    bad = {
        "inner-sign": "LU\u200bLUS", "other": "LULUS BERSYARAT", "number": "1", "error": "#N/A",
        "markup": "[/red] [bold", "script": "<script>alert(1)</script>", "braces": "{value} {row}",
        "formula": "=cmd|' /C calc'!A0", "long": "LULUS " * 5_000, "quote": "'LULUS'",
        "statement": "x'); drop table typed;--", "dot": "LULUS·",
    }  # fmt: skip
    codes = [
        *(case(f"code-{id}", f"writes a code as {text!r}", f"{DATASET}.csv",
               with_cell("status", text), accepted(3)) for id, text in good.items()),
        *(case(f"code-{id}", f"writes {text[:30]!r} for a code", f"{DATASET}.csv",
               with_cell("status", text), rejected("status.code", NO_CODE))
          for id, text in bad.items()),
    ]  # fmt: skip
    nothing = {
        "empty": "",
        "dash": "-",
        "null": "null",
        "na": "n/a",
        "blanks-only": " \u00a0\u200b",
    }
    return [
        *codes,
        *(case(f"nothing-{id}", f"writes {text!r} for a code that must be there",
               f"{DATASET}.csv", with_cell("status", text), rejected("status.required", "kosong"))
          for id, text in nothing.items()),
    ]  # fmt: skip


def row_cases() -> list[Case]:
    twice = [*courses(), *courses(1)]
    other = [*courses(), [*courses(1)[0][:3], 12, *courses(1)[0][4:]]]
    styles = [*courses(), [courses(1)[0][0], " PKA-01", "III ", "81,0", "lulus", "40.00",
                           "9 Oktober 2026"]]  # fmt: skip
    return [
        case("row-twice", "copies a row", f"{DATASET}.csv", table(COURSE, twice),
             partly(4, {f"{DATASET}.duplicate": 1}, "sama persis", numbers=(5,))),
        case("row-twice-other-style", "copies a row and writes it otherwise", f"{DATASET}.csv",
             table(COURSE, styles, ";"),
             partly(4, {f"{DATASET}.duplicate": 1}, "sama persis", numbers=(5,))),
        case("row-contradicts", "sends two results of one course", f"{DATASET}.csv",
             table(COURSE, other),
             partly(4, {f"{DATASET}.conflict": 2}, "bertentangan", numbers=(2, 5))),
        case("row-hundredfold", "copies a row a hundred times", f"{DATASET}.csv",
             table(COURSE, courses(1) * 100),
             partly(100, {f"{DATASET}.duplicate": 99}, "sama persis",
                    numbers=tuple(range(3, 102)))),
        case("row-many-faults", "has a fault in every cell of a row", f"{DATASET}.csv",
             table(COURSE, [*courses(), ["x", "", "", "y", "z", "1.234", "besok"]]),
             partly(4, {f"{DATASET}.{rule}": 1 for rule in (
                 "nip.format", "kode_program.required", "angkatan.required", "nilai_post.format",
                 "status.code", "jp_diakui.ambiguous", "tanggal_selesai.format")},
                 UNREAD, rejected=1, numbers=(5,))),
        case("text-is-kept", "has texts that programs like to change", "jabatan.csv",
             table(JOB, jobs("007", "1E5", "TRUE", "=1+1", "+62", "@x", "01/02", "  A  B  ")),
             accepted(8, values={"nama_jabatan": [
                 "007", "1E5", "TRUE", "=1+1", "+62", "@x", "01/02", "A  B"]})),
        case("ignored-markup", "has an unknown column named like markup", "jabatan.csv",
             table((*JOB, "[/bold] {x}"), [[*row, "[/]"] for row in jobs("A")]),
             accepted(1, ignored=("[/bold] {x}",))),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*date_cases(), *number_cases(), *code_cases(), *row_cases()]
