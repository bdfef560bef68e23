"""JSON and JSON Lines: other shapes, damage, and values that are no single value."""

import json
from typing import Any

from faults.catalogue import Answer, Case, accepted, case, hopeless, partly, refused
from faults.packed import sheet
from faults.rows import APPRAISAL, COURSE, JOB, NIPS, appraisals, courses, jobs, table

NAME, LINES = "kinerja.json", "kinerja.jsonl"
NO_TEXT = refused("file.encoding", "bukan teks yang dapat dibaca")
DAMAGED = refused("file.json", "rusak atau terpotong")
NO_SHAPE = refused("file.json_shape", "Susunan berkas JSON tidak dikenal")
NO_ROWS = refused("file.no_rows", "tanpa data")
NOTHING = refused("file.siasn_empty", "jawaban SIASN bahwa tidak ada data")
EMPTY = refused("file.empty", "Berkas kosong")
NESTED = refused("file.nested_column", "bukan satu nilai")
SPLIT = "tidak dapat dipisahkan"


def people(count: int = 3, **more: Any) -> list[dict[str, Any]]:
    """Return appraisals as records; ``more`` changes the second."""
    found = [dict(zip(APPRAISAL, row, strict=True)) for row in appraisals(count)]
    if more:
        found[1] |= more
    return found


def text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def lines(records: list[dict[str, Any]], end: str = "\n") -> str:
    return end.join(text(record) for record in records) + end


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def shape_cases() -> list[Case]:
    three, rows = accepted(3), people()
    envelope = {"code": 1, "data": rows}
    shapes: dict[str, tuple[str, object, Answer]] = {
        "list": ("sends a list of records", rows, three),
        "envelope": ("sends SIASN's answer", envelope, three),
        "envelope-more": ("sends SIASN's answer with a message",
                          {"code": 1, "message": "ok", "count": 3, "data": rows}, three),
        "envelope-without-code": ("sends an envelope without a code", {"data": rows}, three),
        "envelope-of-one": ("sends SIASN's answer for one person",
                            {"code": 1, "data": rows[0]}, accepted(1)),
        "envelopes": ("collects SIASN's answers person by person",
                      [{"code": 1, "data": [row]} for row in rows], three),
        "record": ("sends one record without a list", rows[0], accepted(1)),
        "nothing-found": ("sends SIASN's answer that there is nothing",
                          {"code": 0, "data": None, "message": "Data tidak ditemukan"}, NOTHING),
        "nothing-found-text": ("sends SIASN's answer with a text for data",
                               {"code": 0, "data": "Data tidak ditemukan"}, NOTHING),
        "some-found": ("collects answers, one of them empty-handed",
                       [{"code": 1, "data": rows}, {"code": 0, "data": None}], three),
        "nothing-but-rows": ("sends the code for nothing beside rows",
                             {"code": 0, "data": rows}, NOTHING),
        "wrong-envelope": ("puts the records under another name", {"hasil": rows}, NO_SHAPE),
        "answer-to-saving": ("sends SIASN's answer to saving",
                             {"success": True, "mapData": {"rwKursusId": "a1"}}, NO_SHAPE),
        "no-records": ("sends an empty list", [], NO_ROWS),
        "envelope-no-records": ("sends an envelope with an empty list", {"code": 1, "data": []},
                                NO_ROWS),
        "empty-records": ("sends records without a value", [{}, {}], NO_SHAPE),
        "texts": ("sends a list of texts", ["nip", NIPS[0]], NO_SHAPE),
        "rows-of-cells": ("sends a table as lists in a list",
                          [list(APPRAISAL), *appraisals(2)], NO_SHAPE),
        "number": ("sends a number", 42, NO_SHAPE),
        "nothing": ("sends null", None, NO_SHAPE),
        "columns": ("sends columns for rows",
                    {name: [row[name] for row in rows] for name in APPRAISAL}, NESTED),
        "by-nip": ("puts the records under their NIPs", {row["nip"]: row for row in rows},
                   NO_SHAPE),
    }  # fmt: skip
    deep = [
        case("json-deep", "nests lists ten thousand deep", NAME, "[" * 10_000 + "]" * 10_000,
             NO_SHAPE),
        case("json-deep-open", "nests lists without end", NAME, "[" * 200_000, NO_SHAPE),
        case("json-deep-objects", "nests records ten thousand deep", NAME,
             '{"a":' * 10_000 + "1" + "}" * 10_000, NO_SHAPE),
        case("json-deep-ignored", "nests an unknown value a thousand deep", NAME,
             text(people()).replace('"tahun"', '"x": ' + "[" * 1_000 + "]" * 1_000 + ', "tahun"'),
             three),
    ]  # fmt: skip
    return [
        *(case(f"json-{id}", did, NAME, text(value), answer)
          for id, (did, value, answer) in shapes.items()),
        *deep,
    ]  # fmt: skip


def damage_cases() -> list[Case]:
    whole = text(people())
    broken = {
        "cut": ("sends half of a JSON file", whole[: len(whole) // 2]),
        "cut-end": ("sends a JSON file without its last bracket", whole[:-1]),
        "cut-in-text": ("sends a JSON file cut within a text", whole[: whole.index("TAHUNAN") + 3]),
        "comma-last": ("writes a comma behind the last record", whole[:-1] + ",]"),
        "comma-missing": ("forgets a comma between records", whole.replace("}, {", "} {")),
        "apostrophes": ("quotes by apostrophes", whole.replace('"', "'")),
        "remark": ("writes a remark into JSON", "// kinerja\n" + whole),
        "no-number": ("writes NaN for a number", whole.replace("2025", "NaN")),
        "infinite": ("writes Infinity for a number", whole.replace("2025", "Infinity")),
        "key-bare": ("forgets the quotes of names", whole.replace('"tahun"', "tahun")),
        "tail": ("writes a text behind the JSON", whole + "\nselesai"),
        "line-in-text": ("breaks the line inside a text",
                         whole.replace("TAHUNAN", "TAHU\nNAN")),
        "zero-first": ("writes a nought before a number", whole.replace("2025", "02025")),
        "csv": ("renames a CSV to .json", table(APPRAISAL, appraisals(3))),
        "page": ("saves the page of an error as .json", "<html><body>502</body></html>"),
    }  # fmt: skip
    return [
        *(case(f"json-{id}", did, NAME, data, DAMAGED) for id, (did, data) in broken.items()),
        case("json-no-byte", "sends a JSON file without a byte", NAME, b"", EMPTY),
        case("json-blanks", "sends a JSON file of blanks", NAME, " \n\t\n", EMPTY),
        case("json-workbook", "renames a workbook to .json", NAME, sheet, NO_TEXT),
        case("json-as-csv", "renames JSON to .csv", "kinerja.csv", whole,
             refused("file.missing_column", "Kolom wajib tidak ada")),
        case("json-mark", "saves JSON with the mark of UTF-8", NAME, whole.encode("utf-8-sig"),
             accepted(3)),
        case("json-utf16", "saves JSON as UTF-16", NAME,
             b"\xff\xfe" + whole.encode("utf-16-le"), accepted(3)),
        case("json-stray-byte", "has a stray byte beside UTF-8 in JSON", "jabatan.json",
             text(positions("Šumadi", "Caf@")).encode().replace(b"@", b"\xe9"), NO_TEXT),
        case("json-nul", "has a NUL byte in JSON", NAME, whole.replace("TAHUNAN", "TAHU\0NAN"),
             NO_TEXT),
        case("json-nul-escaped", "writes NUL as an escape in JSON", "jabatan.json",
             json.dumps(positions("A", "B\0C")), NO_TEXT),
        case("json-half-pair", "writes half of a pair as an escape", "jabatan.json",
             json.dumps(positions("A", "B")).replace('"B"', '"B\\ud83d"'),
             accepted(2, values={"nama_jabatan": ["A", "B?"]})),
        case("json-other-half", "writes the second half of a pair as an escape", "jabatan.json",
             json.dumps(positions("A", "B")).replace('"B"', '"B\\udc00"'), DAMAGED),
        case("json-twice", "joins two JSON files", NAME, text(people(2)) + text(people(3)[2:]),
             accepted(3)),
        case("json-lines-as-json", "names JSON Lines .json", NAME, lines(people()), accepted(3)),
        case("json-long-number", "writes a number of five thousand digits", NAME,
             whole.replace("2025", "9" * 5_000, 1),
             DAMAGED),
        case("json-number-beyond", "writes a number beyond all numbers", NAME,
             whole.replace("2025", "1e999", 1),
             DAMAGED),
    ]  # fmt: skip


def positions(*names: str) -> list[dict[str, Any]]:
    return [dict(zip(JOB, row, strict=True)) for row in jobs(*names)]


def value_cases() -> list[Case]:
    def changed(**more: Any) -> str:
        return text(people(**more))

    def wrong(rule: str, says: str = "tidak dapat dibaca") -> Answer:
        return partly(3, {f"kinerja.{rule}": 1}, says, numbers=(2,))

    damaged = wrong("nip.excel_number", "rusak karena Excel")
    spelt = {"nip_baru": "nip", "TAHUN": "tahun", "periodikNama": "periode",
             "hasilKinerjaNilai": "hasil_kerja", "PerilakuKerjaNilai": "perilaku_kerja",
             "KuadranKinerjaNilai": "kuadran"}  # fmt: skip
    course = dict(zip(COURSE, courses(1)[0], strict=True))
    return [
        case("json-texts-only", "writes all numbers as texts", NAME,
             text([{k: str(v) for k, v in row.items()} for row in people()]), accepted(3)),
        case("json-fractions", "writes whole numbers with a fraction", NAME,
             changed(tahun=2025.0, kuadran=2.0), accepted(3)),
        case("json-names-of-siasn", "uses SIASN's names with its slips", NAME,
             text([{new: row[old] for new, old in spelt.items()} for row in people()]),
             accepted(3)),
        case("json-nip-whole-number", "writes an NIP as a whole number", NAME,
             changed(nip=int(NIPS[1])), accepted(3)),
        case("json-nip-float", "writes an NIP as a fraction", NAME, changed(nip=float(NIPS[1])),
             damaged),
        case("json-nip-scientific", "writes an NIP in scientific notation", NAME,
             text(people()).replace(f'"{NIPS[1]}"', "1.98003172005011e17"), damaged),
        case("json-date-of-siasn", "writes dates as SIASN does", "peserta_pelatihan.json",
             text([{**course, "tanggal_selesai": "09-10-2026"}]), accepted(1)),
        case("json-thousandth", "writes a number with three decimals", "peserta_pelatihan.json",
             text([{**course, "jp_diakui": 1.234}]), accepted(1, values={"jp_diakui": [1.234]})),
        case("json-thousandth-text", "writes 1.234 as a text", "peserta_pelatihan.json",
             text([{**course, "jp_diakui": "1.234"}, {**course, "nip": NIPS[1]}]),
             partly(2, {"peserta_pelatihan.jp_diakui.ambiguous": 1}, "dua cara", numbers=(1,))),
        case("json-true", "writes true and false for yes and no", "jabatan.json",
             text([{**row, "strategis": n == 0} for n, row in enumerate(positions("A", "B"))]),
             accepted(2, values={"strategis": ["Y", "T"]})),
        case("json-true-for-number", "writes true for a number", NAME, changed(tahun=True),
             wrong("tahun.format")),
        case("json-null", "writes null for what must be there", NAME, changed(periode=None),
             wrong("periode.required", "kosong")),
        case("json-key-missing", "leaves a name away in one record", NAME,
             text([people()[0], without(people()[1], "periode"), people()[2]]),
             wrong("periode.required", "kosong")),
        case("json-key-missing-everywhere", "leaves a name away in all records", NAME,
             text([without(row, "periode") for row in people()]),
             refused("file.missing_column", "Kolom wajib tidak ada: periode.")),
        case("json-key-twice", "writes a name twice in one record", NAME,
             text(people()).replace('"tahun": 2025', '"tahun": 2025, "tahun": 2024', 1),
             refused("file.duplicate_column", "Kolom tahun muncul lebih dari sekali")),
        case("json-key-unknown", "sends a name that nobody asked for", NAME,
             changed(catatan="baik"), accepted(3, ignored=("catatan",))),
        case("json-nested", "sends a record inside a value", NAME,
             changed(periode={"nama": "TAHUNAN"}), NESTED),
        case("json-nested-list", "sends a list for a value", NAME, changed(hasil_kerja=[2]),
             NESTED),
        case("json-nested-unknown", "sends a record in an unknown name", NAME,
             changed(penilai={"jabatan": "Kepala"}), accepted(3, ignored=("penilai",))),
        case("json-forbidden", "sends NIK in one record", NAME, changed(nik="7471"),
             refused("file.forbidden_column", "kolom yang dilarang: nik")),
        case("json-forbidden-nested", "sends NIK inside an unknown value", NAME,
             changed(penilai={"nik": "7471"}),
             refused("file.forbidden_column", "kolom yang dilarang: nik")),
        case("json-forbidden-beside", "sends NIK beside the records", NAME,
             text({"code": 1, "nik": "7471", "data": people()}),
             refused("file.forbidden_column", "kolom yang dilarang: nik")),
        case("json-conflict", "sends a person twice with other ratings", NAME,
             text([*people(), {**people()[0], "hasil_kerja": 3}]),
             partly(4, {"kinerja.conflict": 2}, "bertentangan", numbers=(1, 4))),
        case("json-all-wrong", "sends records with no person", NAME,
             text([{**row, "nip": None} for row in people()]),
             hopeless(3, {"kinerja.nip.required": 3}, "kosong")),
    ]  # fmt: skip


def line_cases() -> list[Case]:
    rows = people()
    whole = lines(rows)
    second = text(rows[1])
    broken = partly(3, {"kinerja.broken_row": 1}, SPLIT, numbers=(2,))
    return [
        case("lines", "sends JSON Lines", LINES, whole, accepted(3)),
        case("lines-windows", "ends JSON Lines as Windows does", LINES, lines(rows, "\r\n"),
             accepted(3)),
        case("lines-mark", "saves JSON Lines with the mark of UTF-8", LINES,
             whole.encode("utf-8-sig"), accepted(3)),
        case("lines-blank", "leaves blank lines in JSON Lines", LINES, whole.replace("\n", "\n\n"),
             accepted(3)),
        case("lines-open", "ends JSON Lines without an end of line", LINES, whole.rstrip(),
             accepted(3)),
        case("lines-envelopes", "writes SIASN's answers one a line", LINES,
             lines([{"code": 1, "data": [row]} for row in rows]), accepted(3)),
        case("lines-one-broken", "spoils a line of JSON Lines", LINES,
             whole.replace(second, second[:-9]), broken),
        case("lines-one-text", "writes a remark into JSON Lines", LINES,
             whole.replace(second, "# diperiksa"), broken),
        case("lines-one-number", "writes a number into JSON Lines", LINES,
             whole.replace(second, "42"), broken),
        case("lines-cut", "sends JSON Lines cut within the last record", LINES, whole[:-15],
             partly(3, {"kinerja.broken_row": 1}, SPLIT, numbers=(3,))),
        case("lines-of-json", "names pretty-printed JSON .jsonl", LINES,
             json.dumps(rows, indent=2), refused("file.json_shape", "tidak dikenal")),
        case("lines-of-list", "names a list on one line .jsonl", LINES, text(rows), accepted(3)),
        case("lines-stray-byte", "has a stray byte in JSON Lines", "jabatan.jsonl",
             lines(positions("Šumadi", "Caf@")).encode().replace(b"@", b"\xe9"), NO_TEXT),
        case("lines-no-byte", "sends JSON Lines without a byte", LINES, b"", EMPTY),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*shape_cases(), *damage_cases(), *value_cases(), *line_cases()]
