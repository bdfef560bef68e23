"""Every column that somebody may read has a name in both languages, the same wherever it stands."""

from collections import defaultdict
from typing import Any

from project import labelled, meta_of

from asn_warehouse.codes import code_labels
from asn_warehouse.contracts import datasets
from asn_warehouse.settings import get_settings

LANGUAGES = ("label_id", "label_en")

# One name, another meaning, and so another label: column, the models, and why.
MEANS_SOMETHING_ELSE = {
    "agency_code": ({"program_comparison", "program_effectiveness"}, "of the participants"),
    "agency_name": ({"program_comparison", "program_effectiveness"}, "of the participants"),
    "assessed": ({"position_fit"}, "in all nine competencies at once"),
    "assessed_on": ({"job_person_match"}, "the latest of several"),
    "category": ({"job_person_match"}, "of the JPM, not of the IP ASN"),
    "change": ({"job_satisfaction"}, "in points of the score"),
    "competency": ({"professionalism_index"}, "a mean over people"),
    "coverage": ({"position_fit"}, "by all nine competencies at once"),
    "discipline": ({"professionalism_index"}, "a mean over people"),
    "grade": ({"dim_person"}, "golongan, not the grade of a service"),
    "item": ({"dim_rule"}, "of a rule, not of a survey"),
    "met": ({"kpi_scorecard"}, "a target, not a standard of competency"),
    "obstacle": ({"program_comparison"}, "the most frequent of many runs"),
    "performance": ({"professionalism_index"}, "a mean over people"),
    "qualification": ({"professionalism_index"}, "a mean over people"),
    "score": ({"fct_talent_record", "job_satisfaction", "submission_scorecard"}, "not an answer"),
    "status": ({"fct_learning"}, "of a participation, not of a submission"),
    "unit": ({"dim_rule"}, "of a rule, not of a target"),
}


def test_every_mart_has_a_name_in_both_languages(marts: dict[str, Any]) -> None:
    wrong = [
        (name, language)
        for name, node in marts.items()
        for language in LANGUAGES
        if meta_of(node).get(language) in (None, "", name)
    ]
    assert wrong == []


def test_every_column_of_marts_and_core_has_a_name_in_both_languages(
    models: dict[str, Any],
) -> None:
    columns = list(labelled(models))
    assert len(columns) > 700
    wrong = [
        (model, name, language)
        for model, name, column in columns
        for language in LANGUAGES
        if meta_of(column).get(language) in (None, "", name)
    ]
    assert wrong == []


def test_a_column_is_called_the_same_in_every_model(models: dict[str, Any]) -> None:
    labels = defaultdict(lambda: defaultdict(set))
    for model, name, column in labelled(models):
        group = model if model in MEANS_SOMETHING_ELSE.get(name, ((),))[0] else "elsewhere"
        labels[name][group].add(tuple(meta_of(column).get(k) for k in LANGUAGES))
    several = {
        (name, group): sorted(found)
        for name, groups in labels.items()
        for group, found in groups.items()
        if len(found) > 1
    }
    assert several == {}


def test_an_exception_to_one_label_is_still_needed(models: dict[str, Any]) -> None:
    labels = defaultdict(dict)
    for model, name, column in labelled(models):
        labels[name][model] = tuple(meta_of(column).get(k) for k in LANGUAGES)
    for name, (others, why) in MEANS_SOMETHING_ELSE.items():
        common = {label for model, label in labels[name].items() if model not in others}
        assert why and common, name
        assert not common & {labels[name][model] for model in others}, name


def test_two_columns_of_a_model_never_share_a_label(models: dict[str, Any]) -> None:
    for language in LANGUAGES:
        seen = defaultdict(list)
        for model, name, column in labelled(models):
            seen[model, meta_of(column)[language]].append(name)
        assert {k: v for k, v in seen.items() if len(v) > 1} == {}


def test_an_element_of_service_is_the_same_in_contract_list_and_mart(
    models: dict[str, Any],
) -> None:
    """Agencies are asked by the contract, readers are told by the mart."""
    asked = {
        c.name: c.label for c in datasets(get_settings())["survei_kepuasan_masyarakat"].columns
    }
    listed = code_labels(get_settings(), "service_element")
    told = models["service_satisfaction"].columns
    assert len(listed) == 9
    for code, words in listed.items():
        assert asked[code.lower()] == f"{code} {words}"
        label = meta_of(told[f"nrr_{code.lower()}"])["label_id"]
        assert label == f"NRR {code} {words.lower()}"
