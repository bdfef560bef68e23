"""From text as agencies write it to values: one reading or none, never a guess."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_warehouse.admission import parsing, rules
from asn_warehouse.contracts import Column, dataset
from asn_warehouse.settings import Settings

SETTINGS = Settings()
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
          "Oktober", "November", "Desember")  # fmt: skip
PADDING = ("", " ", "\t", "\u00a0", "\u200b", "\ufeff", " \u00a0\r\n")


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def read(expression: Callable[[str], str], *texts: str | None) -> list[object]:
    """Return what the SQL ``expression`` makes of each text."""
    unnested = "select unnest(?::varchar[]) as text"
    rows = engine().execute(f"select {expression('text')} from ({unnested})", [list(texts)])
    return [value for (value,) in rows.fetchall()]


def column(name: str, of: str) -> Column:
    return dataset(SETTINGS, of).column(name)


def text_of(wanted: Column) -> Callable[[str], str]:
    return lambda text: parsing.text_value(text, wanted)


def typed(wanted: Column) -> Callable[[str], str]:
    """Return the expression that reads a cell of ``wanted``, trimming included."""
    value = rules.typed_value(wanted, SETTINGS)
    trimmed = text_of(wanted)

    def expression(text: str) -> str:
        cell = f"select {trimmed('x')} as {wanted.name} from (select {text} as x)"
        return f"(select {value} from ({cell}) as t)"

    return expression


# -- dates -----------------------------------------------------------------------------------------

DATES = {
    "2026-08-17": date(2026, 8, 17),
    "2026-8-7": date(2026, 8, 7),
    "17-08-2026": date(2026, 8, 17),
    "17/08/2026": date(2026, 8, 17),
    "7/8/2026": date(2026, 8, 7),
    "17/08/2026 00:00": date(2026, 8, 17),
    "17 Agustus 2026": date(2026, 8, 17),
    "17  agt.  2026": date(2026, 8, 17),
    "1 Peb 2026": date(2026, 2, 1),
    "46251": date(2026, 8, 17),
    "73415": date(2100, 12, 31),
    "46251.0": date(2026, 8, 17),
    "2026-08-17 00:00:00": date(2026, 8, 17),
    "2026-08-17T07:30:00Z": date(2026, 8, 17),
    "2028-02-29": date(2028, 2, 29),
    "1900-01-01": date(1900, 1, 1),
    "31/12/2100": date(2100, 12, 31),
    "31 Desember 2100": date(2100, 12, 31),
}
NO_DATES = ("31-02-2026", "2026-02-31", "29/02/2026", "08/17/2026", "17-08-26", "2026/08/17",
            "17 August 2026", "17 Foo 2026", "1899-12-31", "2101-01-01", "31/12/1899", "99999",
            "0", "1", "73416", "kemarin", "2026-08", "2026", "20260817", "17.08.2026", "__-__-__",
            "2026-08-17 pagi", "=TODAY()")  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_a_date_in_an_accepted_style_is_read(text: str) -> None:
    assert read(parsing.date_value, text) == [DATES[text]]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_of_these_centuries_is_null(text: str) -> None:
    assert read(parsing.date_value, text) == [None]


def styles(day: date) -> Iterator[str]:
    """Yield ``day`` in every accepted style."""
    month = MONTHS[day.month - 1]
    yield day.isoformat()
    yield f"{day.year}-{day.month}-{day.day}"
    for mark in "-/":
        yield f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}"
        yield f"{day.day}{mark}{day.month}{mark}{day.year}"
    yield f"{day.isoformat()} 00:00:00"
    for name in (month, month.upper(), month[:3], f"{month[:3].lower()}."):
        yield f"{day.day} {name} {day.year}"
    serial = (day - date(1899, 12, 30)).days
    if serial >= 10_000:
        yield str(serial)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(PADDING))
def test_every_style_of_a_date_reads_back_as_that_date(day: date, padding: str) -> None:
    wanted = column("tanggal_penilaian", "penilaian_kompetensi")
    texts = [f"{padding}{style}{padding}" for style in styles(day)]
    assert set(read(typed(wanted), *texts)) == {day}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 31), st.integers(1, 12), st.integers(1900, 2100))
def test_a_day_that_the_calendar_does_not_have_is_no_date(day: int, month: int, year: int) -> None:
    try:
        expected: date | None = date(year, month, 1) + timedelta(days=day - 1)
        expected = expected if expected and expected.month == month else None
    except OverflowError:
        expected = None
    texts = (f"{day:02d}-{month:02d}-{year}", f"{year}-{month:02d}-{day:02d}",
             f"{day} {MONTHS[month - 1]} {year}")  # fmt: skip
    assert set(read(parsing.date_value, *texts)) == {expected}


# -- numbers ---------------------------------------------------------------------------------------

NUMBERS = {
    "85.5": 85.5, "85,5": 85.5, "0,125": 0.125, "0.125": 0.125, "1.234,5": 1234.5,
    "1,234.5": 1234.5, "1.234.567": 1234567.0, "1,234,567": 1234567.0, "1234": 1234.0,
    "1.2340": 1.234, "1234,567": 1234.567, "-3,5": -3.5, "+1": 1.0, "1.5E+06": 1.5e6,
    "1e-3": 0.001, "007": 7.0, "100": 100.0, "12.345.678,9": 12345678.9,
}  # fmt: skip
AMBIGUOUS = ("1.234", "1,234", "12.345", "999,000", "-1.234", "+12,345", "100.000")
NO_NUMBERS = ("", "-", "delapan", "1.2.3", "1,2,3", "1.23,4", "12.34.567", "1 234", "85%",
              "Rp 5", "1..2", ".", ",", "0x1F", "nan", "inf", "1e999", "5e", "=1+1",
              "1.234,5.6")  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_with_either_decimal_sign_is_read(text: str) -> None:
    assert read(parsing.number_value, text) == [NUMBERS[text]]
    assert read(parsing.is_ambiguous, text) == [False]


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_number_that_could_be_two_is_none_and_flagged(text: str) -> None:
    assert read(parsing.number_value, text) == [None]
    assert read(parsing.integer_value, text) == [None]
    assert read(parsing.is_ambiguous, text) == [True]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_null(text: str) -> None:
    assert read(parsing.number_value, text) == [None]
    assert read(parsing.is_ambiguous, text) == [False]


def thousands(digits: str, mark: str) -> str:
    """Return ``digits`` in groups of three."""
    return f"{int(digits):,}".replace(",", mark)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.integers(0, 1200), st.integers(0, 10**9)), st.integers(1, 5), st.data())
def test_every_style_of_a_number_reads_back_or_is_ambiguous(
    whole: int, places: int, data: st.DataObject
) -> None:
    part = "".join(data.draw(st.sampled_from("0123456789")) for _ in range(places))
    plain = f"{whole}.{part}"
    spelled = [plain, plain.replace(".", ",")]
    if whole >= 1000:
        spelled += [f"{thousands(str(whole), '.')},{part}", f"{thousands(str(whole), ',')}.{part}"]
    wanted = column("nilai_post", "peserta_pelatihan")
    found = read(typed(wanted), *spelled)
    if places == 3 and 1 <= whole <= 999:
        assert found == [None, None]
        assert read(parsing.is_ambiguous, *spelled) == [True, True]
    else:
        assert found == [float(plain)] * len(spelled)


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**8), 10**8), st.sampled_from(PADDING))
def test_every_style_of_a_whole_number_reads_back(number: int, padding: str) -> None:
    spelled = [str(number), f"{number}.0", f"{number},0", f"{number},00"]
    if abs(number) >= 10**6:
        sign = "-" if number < 0 else ""
        spelled += [sign + thousands(str(abs(number)), mark) for mark in ".,"]
    wanted = column("kebutuhan", "jabatan")
    assert read(typed(wanted), *[f"{padding}{s}{padding}" for s in spelled]) == [number] * len(
        spelled
    )


@pytest.mark.parametrize("text", ["3,5", "3.5", "tiga", "1.234", "99999999999", "-", "3-4"])
def test_what_is_no_whole_number_is_null(text: str) -> None:
    assert read(parsing.integer_value, text) == [None]


# -- codes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "name", "texts", "code"),
    [
        ("pegawai", "jenis_kelamin", "L l M m 1 1.0 Laki-Laki LAKI_LAKI pria", "L"),
        ("pegawai", "jenis_kelamin", "P p F 2 Perempuan wanita", "P"),
        ("pegawai", "kedudukan_hukum", "01 1 1.0", "01"),
        ("pegawai", "tingkat_pendidikan", "05 5 5.0", "05"),
        ("pegawai", "golongan", "III/c III/C iii/c 33", "III/c"),
        ("pegawai", "golongan", "IX ix", "IX"),
        ("pegawai", "status_asn", "PPPK_PARUH_WAKTU pppk-paruh-waktu", "PPPK_PARUH_WAKTU"),
        ("pegawai", "jenjang_jabatan", "AHLI_MUDA ahli_muda Ahli-Muda", "AHLI_MUDA"),
        ("program_pelatihan", "jenis_diklat", "5 5.0", "5"),
    ],
)
def test_every_spelling_of_a_code_names_it(of: str, name: str, texts: str, code: str) -> None:
    spelled = [*texts.split(), f" {code} ", f"{code}\u00a0"]
    assert set(read(typed(column(name, of)), *spelled)) == {code}


def test_a_code_with_a_blank_for_its_underscore_is_known() -> None:
    wanted = column("jenjang_jabatan", "pegawai")
    assert set(read(typed(wanted), "Ahli Muda", "AHLI MUDA")) == {"AHLI_MUDA"}


@pytest.mark.parametrize(
    ("of", "name", "text"),
    [
        ("pegawai", "jenis_kelamin", "X"),
        ("pegawai", "jenis_kelamin", "3"),
        ("pegawai", "golongan", "III/e"),
        ("pegawai", "kedudukan_hukum", "001"),
        ("pegawai", "status_asn", "HONORER"),
        ("penilaian_kompetensi", "metode", "ASSESSMENT"),
    ],
)
def test_a_code_outside_its_list_is_null(of: str, name: str, text: str) -> None:
    assert read(typed(column(name, of)), text) == [None]


def test_no_spelling_names_two_codes() -> None:
    """A spelling that one list gives to two codes would be settled by mere order."""
    looked_at = 0
    for of in ("pegawai", "program_pelatihan", "survei_pelatihan", "jabatan"):
        for wanted in dataset(SETTINGS, of).columns:
            for code in wanted.codes:
                looked_at += 1
                assert read(typed(wanted), code, code.lower()) == [code, code], (wanted.name, code)
    assert looked_at > 150


# -- NIP and missing values ------------------------------------------------------------------------

NIP = "198003172005011001"


@pytest.mark.parametrize(
    "text",
    [NIP, f" {NIP} ", f"'{NIP}", f'"{NIP}"', "19800317 200501 1 001", f"`{NIP}", f"NIP {NIP}",
     f"{NIP}\u00a0", f"\u200b{NIP}"],
)  # fmt: skip
def test_an_nip_is_read_without_blanks_and_quotes(text: str) -> None:
    assert read(typed(column("nip", "kinerja")), text) == [int(NIP)]


NIPS_BY_FATE = {
    "sound": ("198003172005011001", "199912312024212999", "198003172021211001"),
    "excel_number": ("1.98003172005011E+17", "1,98E+17", "1.98e17", "198003172005011000",
                     "198003172005011000.0", "198003172005011001.0", "198003172005011001,00"),
    "format": ("19800317200501100", "1980031720050110011", "198013172005011001",
               "198002312005011001", "198003172005131001", "198003172005013001", "ABC", "0",
               "218003172005011001", "7471010101900001"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fate"), [(text, fate) for fate, texts in NIPS_BY_FATE.items() for text in texts]
)
def test_an_nip_is_sound_or_told_from_one_that_excel_destroyed(text: str, fate: str) -> None:
    bits = {"required": 1, "excel_number": 2, "format": 4}
    (value,) = read(typed(column("nip", "kinerja")), text)
    if value is None:
        (mask,) = read(lambda v: parsing.nip_mask("null", v, bits), text)
    else:
        (mask,) = read(lambda v: parsing.nip_layout_mask(f"({v}::bigint)", 2, 4), str(value))
    assert mask == {"sound": 0, **bits}[fate]


@pytest.mark.parametrize("kind", ["nip", "nomor_sertifikat", "nilai_pre", "status"])
@pytest.mark.parametrize(
    "word", ["", " ", "-", " - ", "NULL", "null", "Null", "N/A", "n/a", "\u00a0", "\t"]
)
def test_words_for_missing_are_null(kind: str, word: str) -> None:
    wanted = column(kind, "peserta_pelatihan")
    assert read(text_of(wanted), word) == [None]
    assert read(typed(wanted), word) == [None]


@pytest.mark.parametrize(
    "word", ["NULLA", "-1", "N/A.", "--", "Nu", "n", "NA", "=NULL", "+1", "@x"]
)
def test_words_like_missing_ones_stay_text(word: str) -> None:
    assert read(typed(column("nomor_sertifikat", "peserta_pelatihan")), word) == [word]


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))
def test_trimming_takes_white_space_and_missing_words_and_nothing_else(text: str) -> None:
    trimmed = text.strip(parsing.WHITESPACE)
    expected = None if trimmed.upper() in parsing.MISSING else trimmed
    assert read(text_of(column("nama_program", "program_pelatihan")), text) == [expected]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("198003172005011001", True),
        ("a.n. Budi (19800317 200501 1 001)", True),
        ("NIP.198003172005011001", True),
        ("199001012022211001 lulus", True),
        ("7471011703800001", True),
        ("NIK perempuan: 7471015703800001.", True),
        ("19800317200501100", False),
        ("1980031720050110012", False),
        ("198013172005011001", False),
        ("2026103112345678", False),
        ("9971011703800001", False),
        ("8ae482886a1b2c3d198003172005011001ff", False),
        ("4011-PKA-001", False),
        ("", False),
    ],
)
def test_a_text_holds_an_identity_where_its_digits_are_laid_out_as_one(
    text: str, holds: bool
) -> None:
    assert read(parsing.holds_identity, text) == [holds]
