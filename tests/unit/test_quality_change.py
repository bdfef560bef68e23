"""A gate warns of agencies whose figures jump from month to month, and holds up nobody."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from candidates import make_candidate, settings_of

from asn_warehouse import archive, build, ops, publish, quality
from asn_warehouse.build import BuildContext
from asn_warehouse.cli import warehouse
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

ROWS = [
    ("4011", "Badan Kepegawaian Negara", 100, -1.0),
    ("7471", "Kota Kendari", 100, -1.0),
    ("7400", "Provinsi Sulawesi Tenggara", 10, -1.0),
    (None, None, 210, -1.0),
]
RULES = [
    ("min_people", 30, "people"),
    ("gap_agency.people", 0.1, "share_of_previous"),
    ("gap_agency.gap_mean", 0.5, "points"),
    ("no_such_mart.people", 0.1, "share_of_previous"),
]
SUITE = {
    "name": "gap",
    "meta": {
        "stage": "marts",
        "batches": {"gap_agency": {"query": "select * from marts.gap_agency", "needs": []}},
    },
    "expectations": [
        {
            "type": "expect_table_row_count_to_be_between",
            "kwargs": {"min_value": 1},
            "meta": {"id": "gap_agency.rows", "batch": "gap_agency", "id_ID": "Ada baris."},
        }
    ],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "project" / "expectations"
    folder.mkdir(parents=True)
    (folder / "gap.json").write_text(json.dumps(SUITE))
    return settings_of(tmp_path / "home", project_dir=tmp_path / "project")


def candidate(
    settings: Settings, month: str, rows: list[Any] = ROWS, rules: list[Any] = RULES
) -> BuildContext:
    """Return a candidate that waits at the gate of marts, with these agencies and bounds."""
    passed = ("gate_datasets", build.COMPLETE)
    context = make_candidate(settings, month, passed=passed)
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(
            "delete from marts.gap_agency; alter table marts.gap_agency add agency_name varchar;"
            "create schema rules; create table rules.rule_parameter (rule_set varchar,"
            " name varchar, value double, unit varchar, note_id varchar, valid_from date,"
            " valid_to date)"
        )
        for code, name, people, mean in rows:
            connection.execute(
                "insert into marts.gap_agency values (?, ?, ?, ?, 10, ?)",
                [context.period.first_day, code, people, mean, name],
            )
        for name, value, unit in rules:
            connection.execute(
                "insert into rules.rule_parameter values"
                " ('month_change', ?, ?, ?, 'Catatan.', date '2017-01-01', null)",
                [name, value, unit],
            )
    return context


def published(settings: Settings, month: str, rows: list[Any] = ROWS) -> None:
    context = candidate(settings, month, rows)
    quality.run_gate(settings, context, "marts")
    publish.publish(settings, context)


def changed(code: str, people: int, mean: float = -1.0) -> list[Any]:
    return [(c, n, people, mean) if c == code else (c, n, p, m) for c, n, p, m in ROWS]


def test_an_agency_that_lost_half_its_people_is_named_and_the_gate_passes(
    settings: Settings,
) -> None:
    published(settings, "2026-09")
    context = candidate(settings, "2026-10", changed("7471", 50))
    result = quality.run_gate(settings, context, "marts")
    (change,) = result.warnings
    assert change.line() == (
        "gap_agency.people of Kota Kendari (7471): 100 in 2026-09, now 50;"
        " expected within 0.1 share of previous"
    )
    row = ops.read(settings, "gate")[-1]
    assert (row["suite"], row["status"], row["passed"], row["failed"]) == (
        "month_change", "warned", True, 0
    )  # fmt: skip
    assert json.loads(str(row["warnings"])) == [change.to_row()]
    assert publish.publish(settings, context).is_new
    kept = archive.load(settings, Period.parse("2026-10"), 1)
    assert list(kept.warnings) == [change.to_row()]


@pytest.mark.parametrize(
    ("rows", "figures"),
    [
        (ROWS, []),
        (changed("7471", 90), []),
        (changed("7471", 111), ["people"]),
        (changed("7471", 100, -1.5), []),
        (changed("7471", 100, -1.51), ["gap_mean"]),
        (changed("7471", 10, -3.0), ["gap_mean", "people"]),
        (changed("7400", 20), []),
        (changed("7400", 29, 5.0), []),
        ([row for row in ROWS if row[0] != "7471"], []),
    ],
    ids=[
        "nothing changed",
        "on the bound",
        "over the bound",
        "a mean on the bound",
        "a mean over the bound",
        "both",
        "too few people",
        "still too few people",
        "an agency that is gone is in the scorecard",
    ],
)
def test_only_a_change_beyond_its_bound_is_a_warning(
    settings: Settings, rows: list[Any], figures: list[str]
) -> None:
    published(settings, "2026-09")
    result = quality.run_gate(settings, candidate(settings, "2026-10", rows), "marts")
    assert [change.measure for change in result.warnings] == figures
    assert result.not_inspected == ()


def test_the_first_month_says_that_there_is_nothing_to_compare(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    result = quality.run_gate(settings, candidate(settings, "2026-10"), "marts")
    assert (result.warnings, result.not_inspected) == ((), ("month_change.previous_month",))
    warehouse._print_warnings(result)
    assert "No earlier month is published" in capsys.readouterr().out


def test_what_is_served_of_the_last_published_month_is_compared_with(settings: Settings) -> None:
    published(settings, "2026-07", changed("7471", 500))
    published(settings, "2026-09")
    published(settings, "2026-09", changed("7471", 50))
    publish.revert(settings, Period.parse("2026-09"))
    published(settings, "2026-11", changed("7471", 700))
    result = quality.run_gate(settings, candidate(settings, "2026-10"), "marts")
    assert result.warnings == ()


def test_hours_of_a_year_are_not_compared_with_those_of_another(settings: Settings) -> None:
    rules = [("gap_agency.people", 0.1, "hours_in_year")]
    published(settings, "2026-12")
    rows = changed("7471", 50)
    january = quality.run_gate(settings, candidate(settings, "2027-01", rows, rules), "marts")
    assert january.warnings == ()
    publish.publish(settings, candidate_passed(settings, "2026-11"))
    december = quality.run_gate(settings, candidate(settings, "2026-12", rows, rules), "marts")
    assert [change.measure for change in december.warnings] == ["people"]


def candidate_passed(settings: Settings, month: str) -> BuildContext:
    context = candidate(settings, month)
    quality.run_gate(settings, context, "marts")
    return context


def test_the_operator_and_the_docs_see_agencies_and_never_a_person(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    published(settings, "2026-09")
    rows = [(f"{n}", f"Instansi {n}", 100, -1.0) for n in range(100, 130)]
    published(settings, "2026-09", rows)
    moved = [(code, name, 50, mean) for code, name, _, mean in rows]
    context = candidate(settings, "2026-10", moved)
    result = quality.run_gate(settings, context, "marts")
    warehouse._print_warnings(result)
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("Warning:") == 20 and "… and 10 more" in told
    pages = (settings.docs / "gx" / "2026-10").rglob("*.html")
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert "gap_agency" in text and "Catatan." in text
    with duckdb.connect(str(context.database), read_only=True) as connection:
        keys = connection.execute("select person_key from marts.gap_person").fetchall()
    everything = told + text + json.dumps(ops.read(settings, "gate"))
    assert keys and not [key for (key,) in keys if key in everything]


def test_every_bound_of_the_project_names_a_figure_that_a_mart_has() -> None:
    project = Path(__file__).parents[2] / "dbt_project"
    with duckdb.connect() as connection:
        names = connection.execute(
            f"select name, unit from '{project}/seeds/rules/rule_parameter.csv'"
            " where rule_set = 'month_change' and name <> 'min_people'"
        ).fetchall()
    page = (project.parent / "docs" / "marts.md").read_text("utf-8")
    assert len(names) >= 8
    for name, unit in names:
        table, _, measure = name.partition(".")
        chapter = page.split(f"### `{table}`", 1)[1].split("### ", 1)[0]
        assert f"| `{measure}` |" in chapter and "| `agency_code` |" in chapter, name
        assert any(f"| `{count}` |" in chapter for count in ("people", "respondents", "filled"))
        assert unit in ("share_of_previous", "share", "points", "hours_in_year"), name
