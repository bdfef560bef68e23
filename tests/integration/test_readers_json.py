"""JSON and JSON Lines: whatever shape the list of records has, and whatever is wrong with it."""

import json
from pathlib import Path

import pytest
from support import AGENCY, APPRAISAL, NIPS, Home, appraisals

from asn_warehouse import admission
from asn_warehouse.admission import Outcome
from asn_warehouse.periods import Period

RECORDS = [dict(zip(APPRAISAL, row, strict=True)) for row in appraisals(3)]
TEXT = json.dumps(RECORDS)
COURSE = {
    "nip": NIPS[0], "kode_program": "PKA-01", "angkatan": "III", "status": "LULUS",
    "tanggal_selesai": "2026-03-20",
}  # fmt: skip


def sent(home: Home, content: str | bytes, name: str = "kinerja.json") -> Outcome:
    home.land(name, content)
    return home.ingest()[AGENCY, name]


def refusal(outcome: Outcome) -> tuple[str | None, str]:
    return outcome.refusal_rule, outcome.refusal_value


SHAPES: dict[str, str | bytes] = {
    "a list": TEXT,
    "a list under data": json.dumps({"data": RECORDS}),
    "an envelope": json.dumps({"code": 1, "message": "ok", "data": RECORDS}),
    "data before code": json.dumps({"data": RECORDS, "code": 1}),
    "envelopes": json.dumps([{"code": 1, "data": [record]} for record in RECORDS]),
    "one object each": json.dumps([{"code": 1, "data": record} for record in RECORDS]),
    "lists in lists": json.dumps([[[record]] for record in RECORDS]),
    "one after the other": "\n".join(map(json.dumps, RECORDS)),
    "indented": json.dumps(RECORDS, indent=2),
    "UTF-8 with mark": TEXT.encode("utf-8-sig"),
    "UTF-16 with mark": TEXT.encode("utf-16"),
    "UTF-16 LE": TEXT.encode("utf-16-le"),
    "UTF-16 BE": TEXT.encode("utf-16-be"),
    "numbers for digits": TEXT.replace(f'"{NIPS[0]}"', NIPS[0]),
    "keys in other spellings": TEXT.replace('"nip"', '"NIP Baru"').replace("_kerja", "Kerja"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_same_records_reads_alike(home: Home, shape: str) -> None:
    outcome = sent(home, SHAPES[shape])
    assert (outcome.status, outcome.format, outcome.rows_read) == ("diterima", "json", 3)
    rows = home.lake("kinerja")
    assert [row["row_number"] for row in rows] == [1, 2, 3]
    assert {(r["tahun"], r["periode"], r["hasil_kerja"]) for r in rows} == {(2025, "TAHUNAN", 2)}
    assert len({row["person_key"] for row in rows}) == 3


REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "no bytes": ("", "file.empty", ""),
    "blanks": (" \n\t ", "file.empty", ""),
    "no records": ("[]", "file.no_rows", ""),
    "no records under data": ('{"data": []}', "file.no_rows", ""),
    "cut off": (TEXT[:-40], "file.json", "2"),
    "cut off at once": (TEXT[:9], "file.json", "0"),
    "no JSON": ("nip,tahun\n1,2\n", "file.json", "0"),
    "NaN": (TEXT.replace("2025", "NaN"), "file.json", "0"),
    "a comma too many": (TEXT[:-1] + ",]", "file.json", "3"),
    "a number of 5,000 digits": (TEXT.replace("2025", "9" * 5000), "file.json", "0"),
    "a number": ("5", "file.json_shape", ""),
    "a list of numbers": ("[1, 2]", "file.json_shape", ""),
    "a list with null": ("[null]", "file.json_shape", ""),
    "another envelope": (json.dumps({"result": RECORDS}), "file.json_shape", ""),
    "other columns": ('[{"a": 1}]', "file.json_shape", ""),
    "brackets without end": ("[" * 500_000, "file.json_shape", ""),
    "envelopes without end": ('{"data":' * 50 + TEXT + "}" * 50, "file.json_shape", ""),
    "a stray byte": (TEXT.encode().replace(b"TAHUNAN", b"TAHUN\xe9"), "file.encoding", ""),
    "half of a pair": (TEXT.encode().replace(b"TAHUNAN", b"\xed\xa0\x80"), "file.encoding", ""),
    "NUL as an escape": (TEXT.replace("TAHUNAN", "\\u0000"), "file.encoding", ""),
    "NUL bytes": (TEXT.replace("TAHUNAN", "\0"), "file.encoding", ""),
    "a key twice": (TEXT.replace('"nip"', '"nip": "1", "nip"'), "file.duplicate_column", "nip"),
    "a key in two spellings": (
        TEXT.replace('"nip"', '"NIP": "1", "nip"'), "file.duplicate_column", "nip",
    ),
    "a list in a column": (TEXT.replace("2025", "[2025]"), "file.nested_column", "tahun"),
    "an object in a column": (TEXT.replace("2025", '{"a": 1}'), "file.nested_column", "tahun"),
    "a forbidden key": (TEXT.replace('"nip"', '"No. HP": "", "nip"'), "file.forbidden_column",
                        "No. HP"),
    "no required key": (TEXT.replace('"nip"', '"nipp"'), "file.missing_column", "nip"),
    "a value of a megabyte": (TEXT.replace("TAHUNAN", "x" * 1_100_000), "file.long_cell",
                              "periode"),
    "more keys than columns can be": (
        json.dumps([{f"k{i}": 1 for i in range(20_000)}]), "file.too_wide", "> 16384",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_file_is_refused_with_its_reason(home: Home, fault: str) -> None:
    content, rule, value = REFUSED[fault]
    assert refusal(sent(home, content)) == (rule, value)
    assert home.receipt("kinerja")["penolakan_berkas"]["aturan"] == rule


def test_nested_values_of_unknown_keys_are_ignored_with_a_notice(home: Home) -> None:
    text = json.dumps([{**RECORDS[0], "lampiran": {"isi": [1, {"a": None}]}}])
    text = text.replace('"isi"', f'"dalam": {"[" * 5_000 + "]" * 5_000}, "isi"')
    outcome = sent(home, text)
    assert (outcome.status, outcome.ignored) == ("diterima", ("lampiran",))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("85.5", 85.5), ("85.500", 85.5), ("1.234", 1.234), ('"85,5"', 85.5), ("1e2", 100.0),
        ("0", 0.0), ("1e-7", 1e-7), ("null", None), ('"-"', None), ('""', None), ("7.0", 7.0),
    ],
)  # fmt: skip
def test_a_number_is_what_it_says(home: Home, written: str, read: float | None) -> None:
    text = json.dumps([{**COURSE, "nilai_pre": 0}]).replace(
        '"nilai_pre": 0', f'"nilai_pre": {written}'
    )
    assert sent(home, text, "peserta_pelatihan.json").status == "diterima"
    assert home.lake("peserta_pelatihan")[0]["nilai_pre"] == read


@pytest.mark.parametrize("written", ['"1.234"', "1e400", "true", '"satu"'])
def test_a_number_that_is_none_or_could_be_two_is_never_guessed(home: Home, written: str) -> None:
    text = json.dumps([{**COURSE, "nilai_pre": 0}]).replace(
        '"nilai_pre": 0', f'"nilai_pre": {written}'
    )
    outcome = sent(home, text, "peserta_pelatihan.json")
    assert outcome.status == "ditolak"
    assert home.lake("peserta_pelatihan") == []


@pytest.mark.parametrize("damaged", ["1.98003172005011e17", f"{NIPS[0]}.0", "198003172005011000"])
def test_an_nip_that_passed_through_a_number_is_rejected_as_such(home: Home, damaged: str) -> None:
    outcome = sent(home, TEXT.replace(f'"{NIPS[0]}"', damaged))
    assert [(r.rule, r.example_row) for r in outcome.reasons] == [("kinerja.nip.excel_number", 1)]


def test_booleans_are_yes_and_no(home: Home) -> None:
    record = {
        "kode_jabatan": "J1", "nama_jabatan": "Arsiparis", "jenjang_jabatan": "AHLI_MUDA",
        "rumpun_jabatan": "ADMINISTRASI", "kode_unor": "U1", "kebutuhan": 2, "strategis": True,
    }  # fmt: skip
    other = {**record, "kode_jabatan": "J2", "strategis": False}
    assert sent(home, json.dumps([record, other]), "jabatan.json").status == "diterima"
    assert [row["strategis"] for row in home.lake("jabatan")] == ["Y", "T"]


def test_two_names_of_one_column_are_one_value_the_better_name_first(home: Home) -> None:
    records = [
        {**RECORDS[0], "nipBaru": NIPS[7]},
        {**RECORDS[1], "nip": "-", "pnsNip": NIPS[8]},
        {**RECORDS[2], "nip": None, "nipBaru": "", "pnsNip": NIPS[9]},
    ]
    assert sent(home, json.dumps(records)).status == "diterima"
    mixed = [row["person_key"] for row in home.lake("kinerja")]
    records = [{**RECORDS[0], "nip": nip} for nip in (NIPS[0], NIPS[8], NIPS[9])]
    sent(home, json.dumps(records))
    assert [row["person_key"] for row in home.lake("kinerja")] == mixed


def test_rejected_records_come_back_under_the_agencys_own_names(home: Home) -> None:
    wrong = {"NIP": NIPS[5], "Hasil Kinerja": 9, **{k: RECORDS[0][k] for k in APPRAISAL[1:3]},
             "perilaku_kerja": 2, "catatan": "x"}  # fmt: skip
    right = {**wrong, "NIP": NIPS[6], "Hasil Kinerja": 1}
    outcome = sent(home, json.dumps([right, wrong]))
    assert (outcome.status, outcome.rejected[0].row_number) == ("diterima_sebagian", 2)
    head, row = home.rejects("kinerja")
    assert head[:5] == ("NIP", "tahun", "periode", "Hasil Kinerja", "perilaku_kerja")
    assert row[:5] == (NIPS[5], "2025", "TAHUNAN", "9", "2")
    assert "catatan" not in head


# -- JSON Lines ------------------------------------------------------------------------------------

LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (LINES, [1, 2, 3]),
        (LINES.replace("\n", "\r\n"), [1, 2, 3]),
        (LINES.replace("\n", "\n\n"), [1, 3, 5]),
        (LINES.encode("utf-16"), [1, 2, 3]),
        (json.dumps({"code": 1, "data": RECORDS[:2]}) + "\n" + json.dumps(RECORDS[2]), [1, 2, 3]),
        (json.dumps(RECORDS), [1, 2, 3]),
    ],
    ids=["plain", "CRLF", "blank lines", "UTF-16", "an envelope", "one line"],
)
def test_json_lines_are_numbered_by_line(
    home: Home, content: str | bytes, numbers: list[int]
) -> None:
    outcome = sent(home, content, "kinerja.jsonl")
    assert (outcome.status, outcome.format) == ("diterima", "jsonl")
    assert [row["row_number"] for row in home.lake("kinerja")] == numbers


@pytest.mark.parametrize(
    "line", ['{"nip": ', '{"nip": NaN}', "5", "x", '{"nip": "1"} {', '["a"]', '{"nip": 1e999}']
)
def test_a_line_that_is_no_record_is_rejected_and_the_others_go_on(home: Home, line: str) -> None:
    first, rest = LINES.split("\n", 1)
    outcome = sent(home, f"{first}\n{line}\n{rest}", "kinerja.jsonl")
    assert (outcome.status, outcome.rows_read, outcome.rows_accepted) == ("diterima_sebagian", 4, 3)
    (rejected,) = outcome.rejected
    assert (rejected.row_number, rejected.rules, rejected.cells) == (
        2, ("kinerja.broken_row",), (line,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (json.dumps(RECORDS, indent=1), "file.json_shape"),
        ("nip,tahun\n1,2\n", "file.json_shape"),
        (LINES.encode() + b"\xff\n", "file.encoding"),
        ("\n\n", "file.empty"),
    ],
)
def test_lines_of_which_none_is_a_record_are_refused(
    home: Home, content: str | bytes, rule: str
) -> None:
    assert sent(home, content, "kinerja.jsonl").refusal_rule == rule


def test_check_answers_for_json_as_admission_does(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "kiriman.json"
    path.write_text(TEXT)
    outcome = admission.check(home.settings, path, "kinerja", AGENCY, Period.parse("2026-10"))
    assert (outcome.status, outcome.rows_read, outcome.format) == ("diterima", 3, "json")
