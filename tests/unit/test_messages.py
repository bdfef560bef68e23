"""Every answer has words in both languages, with a way to mend, and stays in its language."""

import re

import pytest

from asn_warehouse.admission.messages import Language, catalogue, message
from asn_warehouse.admission.rules import Check, checks
from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.settings import Settings

DATASETS = datasets(Settings())
CHECKS = [(d, c) for d in DATASETS.values() for c in checks(d)]
REFUSALS = ("link", "unknown_agency", "unknown_dataset", "unknown_period", "missing_column",
            "forbidden_column", "duplicate_column", "unreadable", "encoding", "empty", "no_rows",
            "all_rejected", "too_large", "format")  # fmt: skip
ENGLISH_WORDS = """
error invalid row file column value missing required the is are not of and or must date number
code wrong unknown empty duplicate read cannot least most above
"""
ENGLISH = frozenset(ENGLISH_WORDS.split())
INDONESIAN = frozenset({"baris", "kolom", "berkas", "kosong", "isi", "dan", "tidak", "yang"})


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", text.casefold()))


def test_there_are_checks_to_look_at() -> None:
    assert len(DATASETS) == 8
    assert len(CHECKS) > 150


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("dataset", "check"), CHECKS, ids=[c.id for _, c in CHECKS])
def test_a_check_says_where_what_and_how_to_mend(
    dataset: Dataset, check: Check, language: Language
) -> None:
    found = message(check.id, dataset, value="ZZ-9", row=4321, language=language)
    assert "4321" in found.text
    assert found.text.endswith((".", "ZZ-9."))
    assert len(found.mend) > 10
    assert not re.search(r"[{}]|None|\bnull\b", found.text + found.mend)
    if check.kind not in ("row", "duplicate", "broken_row", "excel_number"):
        named = check.columns or tuple(c.name for c in dataset.key)
        assert all(name in found.text for name in named)
    stop = ENGLISH if language == "id" else INDONESIAN
    assert not words(found.text + " " + found.mend) & stop


def test_the_two_languages_differ_everywhere() -> None:
    for dataset, check in CHECKS:
        id_, en = (message(check.id, dataset, language=language) for language in ("id", "en"))
        assert id_.text != en.text and id_.mend != en.mend, check.id


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_a_reason_and_a_way_to_mend(refusal: str, language: Language) -> None:
    found = message(f"file.{refusal}", value="ZZ-9", language=language)
    assert len(found.text) > 10 and len(found.mend) > 10
    assert not re.search(r"[{}]|None", found.text + found.mend)
    assert not words(found.text + " " + found.mend) & (ENGLISH if language == "id" else INDONESIAN)


def test_the_catalogue_holds_what_is_used_and_nothing_else() -> None:
    kinds = {c.kind for _, c in CHECKS} - {"row"}
    assert set(catalogue()) == kinds | {f"file.{name}" for name in REFUSALS}
    for texts in catalogue().values():
        assert set(texts) == {"id", "en", "mend_id", "mend_en"}


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    dataset = DATASETS["kinerja"]
    assert "{row}" in message("kinerja.tahun.range", dataset, value="{row}", row=2).text


def test_an_unknown_rule_has_no_message() -> None:
    with pytest.raises(KeyError):
        message("file.unheard_of")
