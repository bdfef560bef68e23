"""A metric is the figure that marts and report show, and is never counted twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from e2e_home import OCTOBER, Month
from project import parse
from semantic_layer import SemanticLayer

from asn_warehouse.disclosure import Status
from asn_warehouse.report import compose, source, summary
from asn_warehouse.report.model import Cell

pytestmark = pytest.mark.slow

KEYS = {
    "competency_gap_national": ("family", "competency_code", "position_level"),
    "competency_gap_agency": ("agency_code", "family", "competency_code", "position_level"),
    "position_fit": ("agency_code", "position_level"),
    "assessment_coverage": ("agency_code", "position_level", "method"),
    "learning_hours": ("agency_code", "employment_status", "position_level"),
    "learning_access": ("region_class", "province_code"),
    "program_comparison": ("agency_code", "form_group"),
    "promotion_readiness": ("agency_code", "position_level"),
    "career_mobility": ("agency_code", "position_level"),
    "workforce_plan": ("agency_code", "position_level", "job_family"),
    "recruitment_quality": ("agency_code", "track", "position_level"),
    "professionalism_index": ("agency_code", "employment_status"),
    "job_satisfaction": ("agency_code",),
    "service_satisfaction": ("agency_code", "service_code"),
}
"""Marts whose totals are rows, and the keys that are null on them."""

GAPS = ("competency_gap_national", "competency_gap_agency")
COLUMNS: dict[str, tuple[tuple[str, ...], str]] = {
    "competency_requirements": (GAPS, "requirements"),
    "competency_assessed": (GAPS, "assessed"),
    "competency_met": (GAPS, "met"),
    "competency_severe": (GAPS, "severe"),
    "competency_coverage": (GAPS, "coverage"),
    "competency_met_share": (GAPS, "met_share"),
    "competency_gap_mean": (GAPS, "gap_mean"),
    "competency_required_mean": (GAPS, "required_mean"),
    "competency_achieved_mean": (GAPS, "achieved_mean"),
    "people": (("position_fit",), "people"),
    "jpm_people": (("position_fit",), "assessed"),
    "jpm_coverage": (("position_fit",), "coverage"),
    "jpm_mapping_people": (("position_fit",), "mapping_assessed"),
    "jpm_mapping_optimal_people": (("position_fit",), "mapping_o"),
    "jpm_optimal_share": (("position_fit",), "mapping_o_share"),
    "jpm_mean_mapping": (("position_fit",), "jpm_mean_mapping"),
    "jpm_selection_people": (("position_fit",), "selection_assessed"),
    "jpm_selection_qualified_people": (("position_fit",), "selection_ms"),
    "jpm_qualified_share": (("position_fit",), "selection_ms_share"),
    "jpm_mean_selection": (("position_fit",), "jpm_mean_selection"),
    "assessment_people": (("assessment_coverage",), "people"),
    "assessment_valid_people": (("assessment_coverage",), "assessed"),
    "assessment_coverage": (("assessment_coverage",), "coverage"),
    "assessment_expiring_12_months_people": (("assessment_coverage",), "expiring_12_months"),
    "learning_people": (("learning_hours",), "people_reported"),
    "learning_hours": (("learning_hours",), "hours_total"),
    "learning_hours_mean": (("learning_hours",), "hours_mean"),
    "learning_floor_people": (("learning_hours",), "floor_people"),
    "learning_reached_20_people": (("learning_hours",), "reached_20"),
    "learning_reached_20_share": (("learning_hours",), "reached_20_share"),
    "learning_ceiling_people": (("learning_hours",), "ceiling_people"),
    "learning_over_24_people": (("learning_hours",), "over_24"),
    "learning_over_24_share": (("learning_hours",), "over_24_share"),
    "learning_none_people": (("learning_hours",), "no_learning"),
    "learning_none_share": (("learning_hours",), "no_learning_share"),
    "access_people": (("learning_access",), "people_reported"),
    "access_learning_people": (("learning_access",), "with_learning"),
    "access_learning_share": (("learning_access",), "with_learning_share"),
    "access_hours": (("learning_access",), "hours_total"),
    "access_hours_mean": (("learning_access",), "hours_mean"),
    "access_e_learning_hours": (("learning_access",), "hours_e_learning"),
    "access_e_learning_share": (("learning_access",), "e_learning_share"),
    "program_runs": (("program_comparison",), "runs"),
    "program_participants": (("program_comparison",), "participants"),
    "program_completed": (("program_comparison",), "completed"),
    "program_completion_rate": (("program_comparison",), "completion_rate"),
    "promotion_people": (("promotion_readiness",), "people"),
    "promotion_eligible_people": (("promotion_readiness",), "eligible"),
    "promotion_eligible_share": (("promotion_readiness",), "eligible_share"),
    "promotion_ready_people": (("promotion_readiness",), "ready"),
    "promotion_ready_share": (("promotion_readiness",), "ready_share"),
    "career_people": (("career_mobility",), "people"),
    "career_people_reported": (("career_mobility",), "people_reported"),
    "career_promotions": (("career_mobility",), "promotions"),
    "career_promotions_per_1000": (("career_mobility",), "promotions_per_1000"),
    "career_rotations": (("career_mobility",), "rotations"),
    "career_rotations_per_1000": (("career_mobility",), "rotations_per_1000"),
    "career_stalled_people": (("career_mobility",), "stalled"),
    "career_stalled_share": (("career_mobility",), "stalled_share"),
    "positions_needed": (("workforce_plan",), "needed"),
    "positions_filled": (("workforce_plan",), "filled"),
    "positions_vacant": (("workforce_plan",), "vacant"),
    "retirement_known_people": (("workforce_plan",), "retirement_known"),
    "retiring_12_months_people": (("workforce_plan",), "retiring_12_months"),
    "net_need_12_months": (("workforce_plan",), "net_need_12_months"),
    "applicants": (("recruitment_quality",), "applicants"),
    "applicants_hired": (("recruitment_quality",), "hired"),
    "applicants_hired_share": (("recruitment_quality",), "hired_share"),
    "applicants_hired_measured": (("recruitment_quality",), "hired_measured"),
    "applicants_hired_below_standard": (("recruitment_quality",), "hired_below_standard"),
    "hired_below_standard_share": (("recruitment_quality",), "hired_below_standard_share"),
    "ip_asn_people": (("professionalism_index",), "people"),
    "ip_asn_measured_people": (("professionalism_index",), "measured"),
    "ip_asn_measured_share": (("professionalism_index",), "measured_share"),
    "ip_asn_mean": (("professionalism_index",), "ip_asn"),
    "job_satisfaction_respondents": (("job_satisfaction",), "respondents"),
    "job_satisfaction_score": (("job_satisfaction",), "score"),
    "service_respondents": (("service_satisfaction",), "respondents"),
    "service_satisfaction_ikm": (("service_satisfaction",), "ikm"),
}
"""Metrics that a total row of a mart shows: marts, and column."""

PLACE = ("agency_code", "position_level")
SUMS = {"talent_pool_people": (("talent_box",), "people")}
"""Metrics that the report adds up from rows that are no totals: marts, and column."""

QUERIES = {
    "competency_severe_share": (
        "select avg((severity = 'severe')::int) from marts.competency_gap_person"
        " where achieved_level is not null"
    ),
    "positions_filled_share": (
        "select sum(filled) / sum(needed) from marts.workforce_plan where not is_total"
    ),
    "talent_placed_people": "select count(*) from marts.talent_pool where box is not null",
    "talent_pool_people": "select count(*) from marts.talent_pool where in_talent_pool",
    "talent_pool_share": (
        "select avg(in_talent_pool::int) from marts.talent_pool where box is not null"
    ),
    "program_gain_mean": """
        with scored as (
            select program_agency_code, program_code, run, post_score - pre_score as gain,
                count(*) over (partition by program_agency_code, program_code, run) as n
            from core.int_program__participant
            where pre_score is not null and post_score is not null
        )
        select avg(gain) from scored where n >= 10
    """,
    "program_reaction_mean": """
        select sum(reaction_n * reaction_mean) / sum(reaction_n)
        from core.int_program__reaction
        semi join core.int_program__run using (program_agency_code, program_code, run)
        where agency_code is null and reaction_n >= 10
    """,
    "strategic_positions": "select count(*) from marts.succession_bench",
    "strategic_positions_covered": (
        "select count(*) from marts.succession_bench where risk = 'covered'"
    ),
    "succession_covered_share": ("select avg((risk = 'covered')::int) from marts.succession_bench"),
    "kpi_met_share": "select avg(met::int) from marts.kpi_scorecard where not is_total",
    "submissions_expected": """
        select count(*) from marts.submission_scorecard where status <> 'not_expected'
    """,
    "submissions_on_time": """
        select count(*) from marts.submission_scorecard where status = 'on_time'
    """,
    "submissions_missing": """
        select count(*) from marts.submission_scorecard where status = 'missing'
    """,
    "submission_on_time_share": """
        select avg((status = 'on_time')::int)
        from marts.submission_scorecard where status <> 'not_expected'
    """,
    "submission_rows_read": "select sum(rows_read) from marts.submission_scorecard",
    "submission_rows_rejected": "select sum(rejected) from marts.submission_scorecard",
    "submission_reject_rate": (
        "select sum(rejected) / sum(rows_read) from marts.submission_scorecard"
    ),
    "submission_score": """
        select avg(score) from marts.submission_scorecard where status <> 'not_expected'
    """,
}
"""Metrics that no row of a mart shows, from people, participations and submissions."""


@pytest.fixture(scope="module")
def layer(month: Month) -> Iterator[SemanticLayer]:
    """The metrics over the candidate of the month."""
    context = month.result.context
    assert context is not None
    with duckdb.connect(str(context.database), read_only=True) as connection:
        yield SemanticLayer.of(context.target_dir, connection)


def same(value: Any) -> Any:
    """A figure up to the last digits of a sum in another order."""
    return None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-9)


def shown(layer: SemanticLayer, mart: str, column: str, key: str | None) -> dict[Any, Any]:
    """A column of the rows on which all keys but ``key`` are null, by its value."""
    null = " and ".join(f"{k} is {'not ' if k == key else ''}null" for k in KEYS[mart])
    found = layer.connection.execute(
        f"select {key or 'null'}, {column} from marts.{mart} where {null}"
    ).fetchall()
    answer = dict(found)
    assert len(answer) == len(found)
    return answer


@pytest.mark.parametrize("metric", COLUMNS)
def test_a_metric_equals_the_total_rows_of_its_mart(layer: SemanticLayer, metric: str) -> None:
    marts, column = COLUMNS[metric]
    compared = 0
    for mart in marts:
        for key in (None, *sorted(layer.entities(metric) & set(KEYS[mart]))):
            wanted = shown(layer, mart, column, key)
            if not wanted or (mart == "program_comparison" and key == "agency_code"):
                continue
            rows = layer.ask([metric], by=[key] if key else [])
            found = {row[key] if key else None: row[metric] for row in rows}
            if key:  # the rows of totals, which only the IKM takes
                total = found.pop(None, None)
                assert total in (None, 0) or metric == "service_satisfaction_ikm"
            assert found == {k: same(v) for k, v in wanted.items()}, (mart, key)
            compared += len([v for v in wanted.values() if v is not None])
    assert compared > 1


@pytest.mark.parametrize("metric", QUERIES)
def test_a_metric_without_a_total_row_equals_the_people_behind_it(
    layer: SemanticLayer, metric: str
) -> None:
    ((wanted,),) = layer.connection.execute(QUERIES[metric]).fetchall()
    assert wanted is not None
    assert layer.value(metric) == same(wanted)


def test_every_metric_is_compared_or_is_a_part_of_one_that_is(layer: SemanticLayer) -> None:
    parts = {
        part.name
        for metric in layer.manifest.metrics
        for part in (
            metric.type_params.numerator,
            metric.type_params.denominator,
            *(metric.type_params.metrics or []),
        )
        if part
    }
    metrics = {metric.name for metric in layer.manifest.metrics}
    assert metrics - parts <= {*COLUMNS, *QUERIES, "kpi_change"}
    assert {*COLUMNS, *QUERIES} <= metrics


def test_a_target_is_compared_for_the_indicator_and_agency_that_is_asked_for(
    layer: SemanticLayer,
) -> None:
    rows = layer.ask(["kpi_change"], by=["agency_code", "indicator"])
    wanted = layer.connection.execute(
        "select agency_code, indicator, change from marts.kpi_scorecard"
    ).fetchall()
    assert {(r["agency_code"], r["indicator"]): r["kpi_change"] for r in rows} == {
        (agency, indicator): same(change) for agency, indicator, change in wanted
    }
    nation = {r["indicator"]: r["kpi_change"] for r in layer.ask(["kpi_change"], by=["indicator"])}
    assert nation == {i: same(change) for agency, i, change in wanted if agency is None}
    assert any(nation.values())


def test_what_cannot_be_added_up_is_null_over_several(layer: SemanticLayer) -> None:
    assert layer.value("kpi_change") is None
    two = layer.connection.execute(
        "select agency_code from marts.service_satisfaction"
        " where service_code is null and agency_code is not null order by 1 limit 2"
    ).fetchall()
    names = ", ".join(f"'{code}'" for (code,) in two)
    chosen = f"{{{{ Entity('agency_code') }}}} in ({names})"
    assert len(two) == 2
    assert layer.value("service_satisfaction_ikm", where=[chosen]) is None


@pytest.fixture(scope="module")
def two_months(layer: SemanticLayer, month: Month) -> Iterator[SemanticLayer]:
    """The metrics over marts that hold the month, and a month before it without most agencies."""
    context = month.result.context
    assert context is not None
    marts = {model.node_relation.alias for model in layer.manifest.semantic_models}
    ((agency,),) = layer.connection.execute(
        "select min(agency_code) from marts.position_fit"
    ).fetchall()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{context.database}' as candidate (read_only)")
        connection.execute(f"attach ':memory:' as \"{context.database.stem}\"")
        connection.execute(f'use "{context.database.stem}"; create schema marts')
        for mart in sorted(marts):
            has_agency = "agency_code" in KEYS.get(mart, ("agency_code",))
            few = f"coalesce(agency_code, '') <= '{agency}'" if has_agency else "true"
            connection.execute(
                f"create table marts.{mart} as from candidate.marts.{mart} union all by name"
                " select * replace (cast(period - interval 1 month as date) as period)"
                f" from candidate.marts.{mart}"
                f" where {few}"
            )
        yield layer.on(connection)


def test_months_are_never_added_up(layer: SemanticLayer, two_months: SemanticLayer) -> None:
    """Marts hold a month, the year to date or twelve months: two of them are no sum."""
    metrics = sorted({*COLUMNS, *QUERIES})
    (october,) = layer.ask(metrics)
    (both,) = two_months.ask(metrics)
    assert both == {name: same(value) for name, value in october.items()}
    september, last = sorted(
        two_months.ask(metrics, by=["metric_time"]), key=lambda row: row.pop("metric_time__month")
    )
    assert last == {name: same(value) for name, value in october.items()}
    assert 0 < september["people"] < last["people"]
    before = ["{{ TimeDimension('metric_time', 'month') }} = '2026-09-01'"]
    assert two_months.value("people", where=before) == september["people"]


def test_metrics_can_be_asked_of_what_is_published(
    layer: SemanticLayer, month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASN_HOME", str(month.settings.home))
    parse(tmp_path, "--target", "served")
    metrics = sorted({*COLUMNS, *QUERIES})
    with duckdb.connect(str(month.settings.marts_database), read_only=True) as connection:
        published = SemanticLayer.of(tmp_path / "target", connection)
        by_agency = published.ask(["people", "ip_asn_mean"], by=["metric_time", "agency_code"])
        (served,) = published.ask(metrics)
    (built,) = layer.ask(metrics)
    assert served == pytest.approx(built, rel=1e-6, abs=1e-6)  # published to six decimals
    assert len(by_agency) > 2


def test_the_key_figures_of_the_report_are_metrics_by_name_and_value(
    layer: SemanticLayer, month: Month
) -> None:
    published = source.read(month.settings, OCTOBER)
    figures = summary.key_figures(compose.context(month.settings, published), None, None)
    assert len(figures) == 10
    labels = {metric.name: metric.label for metric in layer.manifest.metrics}
    assert {f.metric: f.label for f in figures} == {f.metric: labels[f.metric] for f in figures}
    shown = {f.metric: f.cell.value for f in figures if f.cell.status is Status.SHOWN}
    assert shown == {metric: pytest.approx(layer.value(metric), abs=5e-7) for metric in shown}
    assert len(shown) >= 5
    hidden = {f.metric: f.cell for f in figures if f.metric not in shown}
    assert all(cell == Cell(None, Status.SUPPRESSED) for cell in hidden.values())
    with duckdb.connect(str(month.settings.marts_database), read_only=True) as served:
        assert all(is_hidden(served, metric) for metric in hidden)
    assert all(f.note for f in figures)


def is_hidden(served: duckdb.DuckDBPyConnection, metric: str) -> bool:
    """Whether schema ``safe`` hides the figure of a metric, or one of the counts in its sum."""
    (mart, *_), column = COLUMNS.get(metric, SUMS.get(metric))
    total = " and ".join(f"{key} is null" for key in KEYS.get(mart, PLACE))
    found = served.execute(
        f"select list_contains(string_split(suppressed, ';'), ?) from safe.{mart} where {total}",
        [column],
    ).fetchall()
    assert found
    return any(is_named for (is_named,) in found)
