"""What every metric of the semantic layer says of itself."""

import re
from typing import Any

import pytest
from project import DBT_DIR, meta_of

from asn_warehouse.errors import ReportFailed
from asn_warehouse.orchestration import MART_TOPICS
from asn_warehouse.report.metrics import metric_label, metric_note
from asn_warehouse.report.summary import FIGURES
from asn_warehouse.settings import PROJECT_DIR


def mart_of(manifest: Any, semantic_model: Any) -> Any:
    """The mart on which a semantic model is built."""
    (model,) = semantic_model.depends_on.nodes
    return manifest.nodes[model]


def words(manifest: Any) -> dict[str, tuple[str, str, str, str]]:
    """Labels in both languages, note and description of every metric; a measure may hold them."""
    measures = {
        measure.name: measure
        for semantic_model in manifest.semantic_models.values()
        for measure in semantic_model.measures
    }
    found = {}
    for metric in manifest.metrics.values():
        config = measures[metric.name].config if metric.name in measures else metric.config
        meta = dict(config.meta) if config else {}
        label_en, note = meta.get("label_en", ""), meta.get("note_id", "")
        found[metric.name] = (metric.label, label_en, note, metric.description)
    return found


def test_every_topic_has_metrics_and_none_is_built_on_people(manifest: Any) -> None:
    topics = set()
    for semantic_model in manifest.semantic_models.values():
        mart = mart_of(manifest, semantic_model)
        assert mart.schema == "marts" and meta_of(mart)["restricted"] is False, mart.name
        assert mart.access.value == "public", mart.name
        assert semantic_model.config.group == mart.group, semantic_model.name
        topics.add(mart.group)
    assert topics == set(MART_TOPICS)


def test_every_metric_has_a_name_of_its_own_in_both_languages_and_a_description(
    manifest: Any,
) -> None:
    found = words(manifest)
    assert len(found) > 100
    assert [n for n, (id_, en, _, text) in found.items() if not (id_ and en and text)] == []
    for language in (0, 1):
        labels = [row[language] for row in found.values()]
        assert sorted({label for label in labels if labels.count(label) > 1}) == []


def test_every_dimension_and_key_is_a_column_of_its_mart(manifest: Any) -> None:
    """So that it has the names in both languages that the column has."""
    wrong = [
        (semantic_model.name, element.name)
        for semantic_model in manifest.semantic_models.values()
        for element in (*semantic_model.dimensions, *semantic_model.entities)
        if element.expr or element.name not in mart_of(manifest, semantic_model).columns
    ]
    assert wrong == []


def test_every_measure_leaves_out_totals_and_takes_one_month(manifest: Any) -> None:
    """Its expression tells totals apart, and where no month is asked for, the last one counts."""
    for semantic_model in manifest.semantic_models.values():
        has_totals = "is_total" in mart_of(manifest, semantic_model).columns
        for measure in semantic_model.measures:
            told = "is_total" in measure.expr or " null" in measure.expr
            assert told or not has_totals, measure.name
            once = measure.non_additive_dimension
            assert once and once.name == "period", measure.name
            assert once.window_choice.value == "max" and not once.window_groupings, measure.name


def test_the_report_reads_the_words_that_dbt_knows(manifest: Any) -> None:
    for name, (label, _, note, _) in words(manifest).items():
        assert (metric_label(name), metric_note(name)) == (label, note)
    with pytest.raises(ReportFailed, match="no_such_metric"):
        metric_label("no_such_metric")


def test_the_page_on_metrics_names_those_that_exist_and_every_key_figure(manifest: Any) -> None:
    page = (PROJECT_DIR / "docs" / "metrics.md").read_text(encoding="utf-8")
    known = {metric.name: metric.label for metric in manifest.metrics.values()}
    asked = {name for found in re.findall(r"--metrics (\S+)", page) for name in found.split(",")}
    listed = page.split("## The key figures")[1].split("## What to know")[0]
    named = asked | set(re.findall(r"`(\w+)`", listed))
    assert len(named) > 15
    assert named - set(known) == set()
    rows = dict(re.findall(r"^\| (.+?) \| `(\w+)` \|", page, re.MULTILINE))
    assert rows == {known[metric]: metric for _, metric, _, _ in FIGURES}


def test_metrics_have_a_calendar(manifest: Any) -> None:
    spines = [n for n in manifest.nodes.values() if getattr(n, "time_spine", None)]
    assert [n.name for n in spines] == ["dim_date"]
    assert (DBT_DIR / spines[0].original_file_path).is_file()
