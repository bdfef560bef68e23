"""Every answer says what, where and how to mend it, in plain words of its own language.

All texts of the catalogue and of all contracts are linted in both languages. Whoever adds a
message makes it pass: write plain Indonesian, or give a loan word its reason in ``LOANS``.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest

from asn_warehouse.admission.messages import Language, catalogue, message, shortened
from asn_warehouse.admission.rejects import GUIDE
from asn_warehouse.admission.rules import Check, checks
from asn_warehouse.admission.template import write_template
from asn_warehouse.admission.template_guide import Addressee, rule_in_words
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
DATASETS = datasets(Settings())
CHECKS = [(d, c) for d in DATASETS.values() for c in checks(d)]
REFUSALS = sorted(name for name in catalogue() if name.startswith("file."))
LANGUAGES: tuple[Language, ...] = ("id", "en")

LOANS = {
    "data": "Indonesian in KBBI",
    "excel": "name of the program",
    "folder": "Indonesian in KBBI, and what Windows calls it in Indonesian",
    "format": "Indonesian in KBBI, and the name of the menu in Excel",
    "info": "name of the menu in Excel's Indonesian edition",
}
"""Borrowed words, and why an Indonesian text may hold them."""

ABBREVIATIONS_WORDS = """
asn bb bkn bpjs cpns csv dig id jp jpt json jsonl kb mb nik nip npwp permenpanrb plh plt pns pp
pppk sftp sha siasn sk skd skj tmt tttt utf uu xls xlsx
"""
ABBREVIATIONS = frozenset(ABBREVIATIONS_WORDS.split())
"""Names of things, files and laws, the same in both languages."""

ENGLISH_WORDS = """
above and any are be cannot check code column date delete double duplicate each empty enter
error every field file fill first from give has have header invalid is it last least leave line
list made mend missing month most must name not number of once or out read record remove repeat
required row rows same save send sheet should table text than that the them then there these
this to true type unknown update upload use value was when which with word wrong year you your
"""
ENGLISH = frozenset(ENGLISH_WORDS.split())
JARGON_WORDS = """
array backend boolean bug byte bytes cast checksum character charset conflict constraint
database datatype debug default delimiter encode encoding enum envelope escape exception fatal
float foreign function hash index insert integer key library log mapping match merge metadata
nan none null object output overflow override parameter parse parser parsing path payload
pipeline primary process query regex request reset root runtime schema script server skip stream
string syntax tag timeout timestamp token tuple unicode unique valid validasi validator
validation varchar warning
"""
JARGON = frozenset(JARGON_WORDS.split())
"""Words of programmers; no reader of a receipt needs them in either language."""

TERMS_EN = frozenset({"key", "character", "characters", "object"})
"""Plain English words of the list above, where a reader takes them in their usual sense."""

INDONESIAN_WORDS = """
adalah atau bagi baris bila boleh bukan bulan dalam dan dapat dari dengan di hapus harus isi ini
itu kirim kolom kosong lain lalu nilai nomor pada pakai periksa salah satu sebagai sudah tanggal
tidak tulis ulang untuk wajib yang
"""
INDONESIAN = frozenset(INDONESIAN_WORDS.split())
IMPERATIVES_ID = """
beri buka cocokkan ekspor ganti hapus hubungi isi kirim letakkan pakai perbaiki periksa
pindahkan pilih salin simpan sisakan tambahkan tampilkan tarik tulis ubah perlu
"""
IMPERATIVES_EN = """
add ask change check compare copy delete enter export fetch fill format give leave make mend
move name needed open put remove replace save send unhide use write need
"""
IMPERATIVES = {
    "id": frozenset(IMPERATIVES_ID.split()),
    "en": frozenset(IMPERATIVES_EN.split()),
}
WHERE = {
    "id": re.compile(r"\b([Bb]erkas|[Kk]olom|[Bb]aris|[Bb]ulan|[Kk]ode instansi|lembar|sel)\b"),
    "en": re.compile(
        r"\b(file|columns?|row|line|workbook|cell|month|agency|sheet|dataset)\b", re.I
    ),
}
"""A refusal names the file, or the place in it or on the way to it."""

SYLLABLES = re.compile(
    r"(([bcdfghjklmnprstvwyz]|ng|ny|sy|kh|[bgkpt]r|[gkp]l|dr|s[kpt]r?|sw)?(ai|au|oi|[aeiou])"
    r"(ng|[bdfghklmnprst]|ks)?)+"
)
"""How Indonesian words are built; ``row``, ``column`` and ``value`` are not."""


@dataclass(frozen=True)
class Text:
    """One sentence of the catalogue or of a contract, with its places still open."""

    rule: str
    language: Language
    part: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule} {self.language} {self.part}"


def texts() -> Iterator[Text]:
    for rule, found in catalogue().items():
        for language in LANGUAGES:
            yield Text(rule, language, "text", found[language])
            yield Text(rule, language, "mend", found[f"mend_{language}"])
    for dataset in DATASETS.values():
        for own in dataset.rules:
            for language in LANGUAGES:
                yield Text(own.id, language, "text", own.text[language])
                yield Text(own.id, language, "mend", own.mend[language])


TEXTS = list(texts())
OWN_NAMES = (
    {name.casefold() for d in DATASETS.values() for c in d.columns for name in (c.name, *c.codes)}
    | {part for d in DATASETS.values() for c in d.columns for part in re.split(r"\W", c.example)}
    | set(DATASETS)
)
"""Column names, codes and examples: they are what they are in any language."""


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; names of columns, codes and files are none."""
    bare = re.sub(r"\{\w+\}|\.(csv|gz|xlsx?|jsonl?|parquet)\b", " ", text)
    found = re.findall(r"[^\W\d][\w.]*[^\W]|[^\W\d]", bare)
    return [
        word
        for word in (w.casefold() for w in found)
        if word not in OWN_NAMES and not re.search(r"[\d_.]", word) and len(word) > 1
    ]


ENGLISH_SEEN = frozenset(w for t in TEXTS if t.language == "en" for w in words(t.words)) | ENGLISH


def test_every_contract_and_refusal_is_looked_at() -> None:
    counted = Counter((text.language, text.part) for text in TEXTS)
    rules = sum(len(d.rules) for d in DATASETS.values())
    print(f"{len(TEXTS)} texts of {rules} row rules and {len(catalogue())} entries")  # noqa: T201
    assert len(DATASETS) == 17 and len(CHECKS) > 300 and len(REFUSALS) > 14
    assert set(counted.values()) == {rules + len(catalogue())}


def foreign(text: str) -> set[str]:
    """Return the words of an Indonesian text that are English, jargon, or built like neither."""
    found = set(words(text)) - LOANS.keys() - ABBREVIATIONS
    unlike = {w for w in found if not all(SYLLABLES.fullmatch(part) for part in w.split("-"))}
    return found & ENGLISH_SEEN | found & JARGON | unlike


@pytest.mark.parametrize("text", [t for t in TEXTS if t.language == "id"], ids=str)
def test_an_indonesian_text_holds_indonesian_words_only(text: Text) -> None:
    assert not foreign(text.words)


@pytest.mark.parametrize("name", DATASETS)
def test_what_a_template_says_holds_indonesian_words_only(name: str, tmp_path: Path) -> None:
    dataset = DATASETS[name]
    for column in dataset.columns:
        assert not foreign(f"{column.label} {column.description}"), column.name
    write_template(tmp_path / "x.xlsx", Settings(), dataset, Addressee("4011", "Instansi"))
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [c for row in book["Petunjuk"].iter_rows(values_only=True) for c in row if c]
    assert len(cells) > 10
    assert not {word for cell in cells for word in foreign(cell)}


def test_receipt_reject_workbook_and_page_hold_indonesian_words_only() -> None:
    receipt = files("asn_warehouse.admission").joinpath("receipt.html.j2").read_text("utf-8")
    page = (PROJECT / "docs" / "agencies.md").read_text("utf-8")
    code = r"<style>.*?</style>|\{%.*?%\}|\{\{.*?\}\}|<[^>]+>|```.*?```|`[^`]*`|\]\([^)]*\)"
    for text in (receipt, page, *GUIDE):
        bare = re.sub(code, " ", text, flags=re.DOTALL)
        assert len(words(bare)) > 5
        assert not foreign(bare)


@pytest.mark.parametrize("text", [t for t in TEXTS if t.language == "en"], ids=str)
def test_an_english_text_holds_no_indonesian_and_no_jargon(text: Text) -> None:
    found = set(words(text.words))
    assert not found & INDONESIAN
    assert not found & (JARGON - TERMS_EN)


@pytest.mark.parametrize("text", TEXTS, ids=str)
def test_a_text_is_one_tidy_sentence_or_two(text: Text) -> None:
    said = text.words
    assert said == " ".join(said.split())
    assert said.endswith(".") or said in ("{hint_id}", "{hint_en}")
    assert ".." not in said and not re.search(r" [.,](\s|$)", said)
    assert re.match(r"[A-Z0-9]|\{", said)
    longest = 200 if text.part == "text" else 240
    assert 12 <= len(said) <= longest or said.startswith("{hint")
    assert set(re.findall(r"\{(.*?)\}", said)) <= places(text)


def places(text: Text) -> set[str]:
    """Return the places that admission fills in this kind of text."""
    if text.rule.startswith("file."):
        return {"value"} if text.part == "text" else set()
    if text.part == "mend":
        return {"column", f"hint_{text.language}"} if text.rule in catalogue() else set()
    return {"value", "row", "column"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("dataset", "check"), CHECKS, ids=[c.id for _, c in CHECKS])
def test_a_check_says_where_and_how_to_mend(
    dataset: Dataset, check: Check, language: Language
) -> None:
    found = message(check.id, dataset, value="ZZ-9", row=4321, language=language)
    assert "4321" in found.text
    assert found.text.endswith(".") and found.mend.endswith(".")
    assert not re.search(r"[{}]|None|\.\.", found.text + found.mend)
    assert set(words(found.mend)) & IMPERATIVES[language]
    named = check.columns or tuple(c.name for c in dataset.key)
    if check.kind not in ("duplicate", "broken_row"):
        assert any(re.search(rf"\b{name}\b", found.text + found.mend) for name in named)
    assert len(found.text) <= 200 and len(found.mend) <= 420


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", REFUSALS)
def test_a_refusal_says_what_is_wrong_with_the_file_and_how_to_mend(
    rule: str, language: Language
) -> None:
    found = message(rule, value="ZZ-9", language=language)
    assert WHERE[language].search(found.text)
    assert set(words(found.mend)) & IMPERATIVES[language]
    assert not re.search(r"[{}]|None", found.text + found.mend)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_must_not_be_shown_leaves_no_gap(language: Language) -> None:
    for dataset, check in CHECKS:
        text = message(check.id, dataset, row=7, language=language).text
        assert not re.search(r":\.|  |: *$| \.|\{", text), text


def test_the_rules_in_words_of_a_template_name_no_single_row() -> None:
    rules = [rule for dataset in DATASETS.values() for rule in dataset.rules]
    for rule in rules:
        told = rule_in_words(rule)
        assert told.endswith(".") and not re.search(r"[{}]|  | \.|baris (ber|dan|:)", told), told


def test_the_two_languages_differ_everywhere() -> None:
    for dataset, check in CHECKS:
        id_, en = (message(check.id, dataset, language=language) for language in LANGUAGES)
        assert id_.text != en.text and id_.mend != en.mend, check.id


def test_the_catalogue_has_a_text_for_every_kind_of_check_and_none_besides() -> None:
    kinds = {c.kind for _, c in CHECKS} - {"row"}
    assert set(catalogue()) == kinds | set(REFUSALS)
    for found in catalogue().values():
        assert set(found) == {"id", "en", "mend_id", "mend_en"}


def test_every_loan_word_is_in_use_and_has_a_reason() -> None:
    used = {w for t in TEXTS if t.language == "id" for w in words(t.words)}
    assert set(LOANS) <= used
    assert all(len(reason) > 10 for reason in LOANS.values())


@pytest.mark.parametrize(
    "said",
    ["Value pada kolom ini salah.", "Periksa header berkas.", "Isi string pada baris itu.",
     "Row tidak dapat dibaca.", "Berkas gagal di-parse.", "Kolom tidak match."],
)  # fmt: skip
def test_the_lint_finds_english_and_jargon(said: str) -> None:
    with pytest.raises(AssertionError):
        test_an_indonesian_text_holds_indonesian_words_only(Text("x", "id", "text", said))


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    dataset = DATASETS["kinerja"]
    assert "{row}" in message("kinerja.tahun.range", dataset, value="{row}", row=2).text


def test_a_long_value_is_cut_and_stays_on_one_line() -> None:
    assert shortened("a\n b\t c") == "a b c"
    assert (len(shortened("x" * 10_000)), shortened("x" * 10_000)[-1]) == (300, "…")


def test_an_unknown_rule_has_no_message() -> None:
    with pytest.raises(KeyError):
        message("file.unheard_of")
