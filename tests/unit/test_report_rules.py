"""The method notes tell every rule that a published column rests on, and no other."""

from datetime import date

import openpyxl
import pypdf
import pytest
from report_fixture import PERIODS, publish_fixture

from asn_warehouse import report
from asn_warehouse.report import compose, rules, source
from asn_warehouse.report.labels import catalogue
from asn_warehouse.rules import Rule
from asn_warehouse.settings import get_settings

PERIOD = PERIODS[1]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    found = get_settings(tmp_path_factory.mktemp("home"))
    publish_fixture(found)
    return found


@pytest.fixture(scope="module")
def context(settings):
    return compose.context(settings, source.read(settings, PERIOD))


def rule(note: str, value: str = "1", unit: str = "points", **more: object) -> Rule:
    fixed = {"rule_set": "s", "item": "i", "source": "PP 1/2020", "mark": "C", "topic": "talent"}
    row = {"rule_id": note, "value": value, "unit": unit, "valid_to": None, "note": note, **fixed}
    return Rule(**{**row, "valid_from": date(2020, 1, 1), **more})


def test_every_rule_in_force_that_reaches_a_column_is_told_and_no_other(context):
    published = context.published.rules
    expected = {r.rule_id for r in published if r.topic and r.is_in_force(PERIOD.last_day)}
    assert {r.rule_id for r in context.rules} == expected
    assert 200 < len(expected) < len(published)
    assert "lake_months" not in {r.rule_set for r in context.rules}
    assert not [r for r in context.rules if r.rule_id.endswith("before_2026")]


def test_the_notes_have_article_mark_and_first_day_and_explain_every_mark(context):
    section = compose.report(context).sections[-1]
    told = {tuple(row[1:]) for table in section.tables for row in table.texts()}
    assert len(section.tables) == len({r.topic for r in context.rules}) > 3
    for found in context.rules:
        assert any((found.source, found.mark) == (source, mark) for source, mark, _ in told)
    words = section.blocks[-1].text
    assert all(f"{mark}: {said}" in words for mark, said in catalogue()["mark"].items())
    assert {r.mark for r in context.rules} <= set(catalogue()["mark"])


def test_the_workbook_has_one_row_for_each_rule(settings, context):
    made = report.make_report(settings, PERIOD)
    stem = made.directory / f"laporan-nasional-{PERIOD}"
    sheet = openpyxl.load_workbook(stem.with_suffix(".xlsx"))["Aturan"]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    place = rows[0].index("Kode aturan")
    assert [row[place] for row in rows[1:]] == [r.rule_id for r in context.rules]
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(stem.with_suffix(".pdf")).pages)
    assert "Peraturan BKN 26/2019 ps. 29(4)" in " ".join(text.split())


def test_rules_of_one_article_are_one_note_and_shared_words_are_told_once():
    notes = [f"Predikat {name} bernilai {n} dari 30." for name, n in zip("ABC", "321", strict=True)]
    assert rules.joined(notes) == "Predikat A bernilai 3; B bernilai 2; C bernilai 1 dari 30."
    assert rules.joined(notes[:2]) == " ".join(notes[:2])
    assert rules.joined(["Satu hal.", "Hal lain.", "Lagi."]) == "Satu hal. Hal lain. Lagi."
    assert rules.joined([*notes, *notes]) == rules.joined(notes)


def test_a_weight_and_an_action_have_their_value_in_words():
    other = {"source": "PP 2/2020"}
    told = rules.notes(
        [
            rule("Penghargaan.", "22.5", "weight"),
            rule("Kinerja paling tinggi 30.", "30", "weight", **other),
            rule("Kotak 4.", "Rotasi", "text", mark="M"),
        ]
    )
    assert [note.words for note in told["talent"]] == [
        "Penghargaan (bobot 22,5).",
        "Kinerja paling tinggi 30.",
        "Kotak 4: Rotasi.",
    ]


def test_scores_bands_and_levels_are_told_from_the_highest():
    found = [rule(v, v, "range") for v in (">= 68; < 80", "< 68", ">= 80")]
    assert [r.value for r in rules.shown(found, date(2026, 1, 1))] == [
        ">= 80",
        ">= 68; < 80",
        "< 68",
    ]
    assert rules.shown([rule("lama", valid_to=date(2025, 12, 31))], date(2026, 1, 1)) == ()
