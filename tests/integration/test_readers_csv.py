"""CSV as programs and people spoil it: what is mended, what is set aside, what is refused."""

import gzip

import pytest
from support import AGENCY, APPRAISAL, Home, appraisals, csv_text

from asn_warehouse.admission import Outcome
from asn_warehouse.admission.readers import base, csv_files

LINES = csv_text(APPRAISAL, appraisals(4)).splitlines()
SEMICOLONS = [line.replace(",", ";") for line in LINES]
BAD = "a,b"


def joined(lines: list[str], end: str = "\n") -> str:
    return end.join(lines) + end


def sent(home: Home, content: str | bytes, name: str = "kinerja.csv") -> Outcome:
    home.land(name, content)
    return home.ingest()[AGENCY, name]


MENDED: dict[str, tuple[str | bytes, list[int]]] = {
    "Excel's line with the separator": (joined(["sep=;", *SEMICOLONS], "\r\n"), [2, 3, 4, 5]),
    "line ends of old Macs": (joined(LINES, "\r"), [2, 3, 4, 5]),
    "line ends of old Macs in UTF-16": (joined(LINES, "\r").encode("utf-16"), [2, 3, 4, 5]),
    "a title": (joined(["Daftar penilaian kinerja", "", *LINES]), [4, 5, 6, 7]),
    "a title as Excel saves it": (
        joined(["Daftar;;;;;", ";;;;;", *SEMICOLONS]), [4, 5, 6, 7],
    ),
    "a title of two lines": (joined(['"Daftar\nkinerja"', *LINES]), [3, 4, 5, 6]),
    "separators above": (joined([",,,,,", *LINES]), [3, 4, 5, 6]),
    "separators behind rows": (joined([LINES[0], *(f"{x},," for x in LINES[1:])]), [2, 3, 4, 5]),
    "separators behind the header": (joined([f"{LINES[0]},,", *LINES[1:]]), [2, 3, 4, 5]),
    "separators behind all": (joined([f"{line},," for line in LINES]), [2, 3, 4, 5]),
    "blank lines before the first quote": (
        joined([*LINES[:2], "", *LINES[2:4], LINES[4].replace("TAHUNAN", '"TAHUNAN"')]),
        [2, 4, 5, 6],
    ),
    "a mark in the middle": (joined([*LINES[:3], f"\ufeff{LINES[3]}", LINES[4]]), [2, 3, 4, 5]),
    "a mark twice": (b"\xef\xbb\xbf" + joined(LINES).encode("utf-8-sig"), [2, 3, 4, 5]),
}  # fmt: skip


@pytest.mark.parametrize("is_small", [True, False], ids=["patient", "DuckDB"])
@pytest.mark.parametrize("kind", MENDED)
def test_what_can_be_mended_safely_is_read_under_the_spreadsheets_row_numbers(
    home: Home, monkeypatch: pytest.MonkeyPatch, kind: str, is_small: bool
) -> None:
    if not is_small:
        monkeypatch.setattr(csv_files, "SMALL_BYTES", 0)
    content, numbers = MENDED[kind]
    outcome = sent(home, content)
    assert outcome.status == "diterima", (outcome.refusal_rule, outcome.reasons)
    assert [row["row_number"] for row in home.lake("kinerja")] == numbers


def test_a_packed_file_of_several_members_is_read_whole(home: Home) -> None:
    members = [gzip.compress(joined(part).encode()) for part in (LINES[:3], LINES[3:])]
    assert sent(home, b"".join(members), "kinerja.csv.gz").rows_accepted == 4


SOUND = gzip.compress(joined(LINES).encode())
REFUSED: dict[str, tuple[str, str | bytes, str, str]] = {
    "a gigantic header": (
        "kinerja.csv", ",".join(f"kolom_{n}" for n in range(1_000_000)) + "\n", "file.too_wide",
        "> 16384",
    ),
    "a wide header": (
        "kinerja.csv", ",".join(f"k{n}" for n in range(20_000)) + "\n", "file.too_wide", "20000",
    ),
    "one endless line": ("kinerja.csv", "x" * 3_000_000, "file.long_line", "1"),
    "a bomb": (
        "kinerja.csv.gz", gzip.compress(bytes(200 * 1024**2)), "file.too_large", "> 64 MB",
    ),
    "cut off": ("kinerja.csv.gz", SOUND[:-9], "file.unreadable", "gzip"),
    "not packed": ("kinerja.csv.gz", joined(LINES), "file.unreadable", "gzip"),
    "stray bytes in UTF-8": (
        "kinerja.csv", f"{joined(LINES)}é".encode() + b"\xe9\n", "file.encoding", "",
    ),
    "NUL bytes": ("kinerja.csv", joined(LINES).replace("TAHUNAN", "TAH\0"), "file.encoding", ""),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_file_is_refused_with_its_reason(home: Home, fault: str) -> None:
    name, content, rule, value = REFUSED[fault]
    outcome = sent(home, content, name)
    assert (outcome.refusal_rule, outcome.refusal_value) == (rule, value)


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_a_cell_of_megabytes_is_set_aside_and_the_other_rows_go_on(home: Home, quote: str) -> None:
    long = LINES[2].replace("TAHUNAN", quote + "x" * 3_000_000 + quote)
    outcome = sent(home, joined([*LINES[:2], long, *LINES[3:]]))
    assert (outcome.rows_read, outcome.rows_rejected) == (4, 1)
    (rejected,) = outcome.rejected
    assert (rejected.row_number, rejected.rules) == (3, ("kinerja.broken_row",))
    assert rejected.cells == (long[: base.BROKEN_CHARACTERS],)
    assert [row["row_number"] for row in home.lake("kinerja")] == [2, 4, 5]


def test_a_file_that_is_broken_all_over_is_refused_with_the_first_row(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "MAX_BROKEN", 50)
    assert sent(home, joined([*LINES, *[BAD] * 50])).rows_rejected == 50
    outcome = sent(home, joined([*LINES, *[BAD] * 51]))
    assert (outcome.refusal_rule, outcome.refusal_value) == ("file.broken", "6")


def test_rows_of_many_chunks_keep_their_order_and_number(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "CHUNK_ROWS", 7)
    rows = appraisals(100)
    rows[60][3] = 9
    outcome = sent(home, csv_text(APPRAISAL, rows))
    assert (outcome.rows_read, outcome.rejected[0].row_number) == (100, 62)
    assert outcome.rejected[0].cells[0] == rows[60][0]


def test_more_text_than_memory_should_hold_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "TABLE_BYTES", 1000)
    assert sent(home, csv_text(APPRAISAL, appraisals(100))).refusal_rule == "file.too_large"


def test_of_two_names_of_one_column_the_better_counts_and_the_other_is_ignored(home: Home) -> None:
    lines = [f"pnsNip,{LINES[0]},nip_baru", *(f"1,{line},2" for line in LINES[1:])]
    outcome = sent(home, joined(lines))
    assert (outcome.status, outcome.ignored) == ("diterima", ("pnsNip", "nip_baru"))


def test_a_line_without_any_known_column_above_rows_without_a_header_is_no_title(
    home: Home,
) -> None:
    assert sent(home, joined(["Daftar", *LINES[1:]])).refusal_rule == "file.missing_column"
