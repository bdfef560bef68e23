"""Protected tables of small months made by hand, and the settings that make them."""

import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from candidates import make_candidate, settings_of
from named_cells import protect_month

from asn_warehouse import archive, publish
from asn_warehouse.build import BuildContext
from asn_warehouse.disclosure import NotProtected, Status
from asn_warehouse.errors import ConfigurationError, PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.report import protection
from asn_warehouse.safe_marts import JOB_SATISFACTION
from asn_warehouse.safe_marts.protecting import protect_schemas
from asn_warehouse.settings import Settings, get_settings

OCTOBER = Period.parse("2026-10")


def survey(counts: dict[str | None, int]) -> list[dict[str, Any]]:
    return [
        {"agency_code": code, "respondents": n, "alpha_respondents": 0, "score": 61.5, "secret": n}
        for code, n in counts.items()
    ]


def hidden(rows: list[Any], column: str) -> set[str | None]:
    return {row.values["agency_code"] for row in rows if row.statuses[column] is Status.SUPPRESSED}


def test_a_small_count_hides_another_and_the_means_that_rest_on_them() -> None:
    month = {"job_satisfaction": survey({None: 53, "1": 3, "2": 10, "3": 40})}
    rows = protect_month(month, 5)["job_satisfaction"]
    assert hidden(rows, "respondents") == hidden(rows, "score") == {"1", "2"}
    assert all("secret" not in row.values for row in rows)
    assert rows[1].values["respondents"] is None and rows[0].values["respondents"] == 53


def test_a_count_hidden_in_one_mart_is_hidden_where_another_has_it() -> None:
    people = {None: 133, "1": 3, "2": 10, "3": 40, "4": 80}
    month = {
        "job_satisfaction": survey(people),
        "kpi_scorecard": [
            {"agency_code": code, "indicator": "job_satisfaction", "cases": n, "actual": 61.5}
            for code, n in people.items()
        ],
    }
    rows = protect_month(month, 5)["kpi_scorecard"]
    assert hidden(rows, "cases") == hidden(rows, "actual") == {"1", "2"}


def test_who_is_left_of_a_whole_is_protected_as_if_it_were_printed() -> None:
    def index(code: str | None, people: int, measured: int) -> dict[str, Any]:
        rest = dict.fromkeys(("very_high", "medium", "low", "very_low"), 0)
        place = {"agency_code": code, "employment_status": None}
        return place | {"people": people, "measured": measured, "high": measured} | rest

    month = {
        "professionalism_index": [
            index(None, 200, 150),
            index("1", 80, 78),
            index("2", 120, 72),
        ]
    }
    rows = protect_month(month, 5)["professionalism_index"]
    first = rows[1].statuses
    assert Status.SUPPRESSED in (first["people"], first["measured"])
    assert "not_measured" not in rows[1].values


def test_the_public_sees_nothing_that_government_does_not() -> None:
    rows = pd.DataFrame(survey({None: 60, "1": 3, "2": 8, "3": 9, "4": 40}))
    found = protect_schemas({"job_satisfaction": rows}, {"safe": 5, "open": 10})
    inside, outside = (
        {*rows["agency_code"][found[schema]["job_satisfaction"]["respondents"]]}
        for schema in ("safe", "open")
    )
    assert inside < outside and {"1", "2", "3"} <= outside


def test_the_same_rows_are_hidden_alike_each_time() -> None:
    draw = random.Random(5)
    counts = {str(code): draw.randint(0, 30) for code in range(30)}
    rows = survey({None: sum(counts.values()), **counts})
    first = hidden(protect_month({"job_satisfaction": rows}, 5)["job_satisfaction"], "respondents")
    again = protect_month({"job_satisfaction": list(rows)}, 5)["job_satisfaction"]
    assert first == hidden(again, "respondents") and len(first) > 2


def test_a_month_that_cannot_be_protected_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_row = len(JOB_SATISFACTION.protection.counts)

    def never(_: Any) -> None:
        raise NotProtected(frozenset({second_row}))

    monkeypatch.setattr(protection, "solve", never)
    settings = settings_of(tmp_path)
    context = with_survey(make_candidate(settings, "2026-10"), {None: 53, "1": 53})
    told = "a hidden count can be told: respondents agency_code=1"
    with pytest.raises(PublishConflict, match=told):
        publish.publish(settings, context)
    assert publish.current(settings, OCTOBER) is None


def test_a_mean_of_the_only_part_that_has_one_is_hidden_in_the_total_too() -> None:
    def track(name: str | None, hired: int, mean: float | None) -> dict[str, Any]:
        place = {"agency_code": None, "track": name, "position_level": None}
        counts = {"applicants": 900, "hired": hired, "not_hired": 900 - hired}
        return place | counts | {"managerial_mean_hired": mean}

    month = {
        "recruitment_quality": [
            track(None, 103, 71.0),
            track("CPNS", 100, None),
            track("PPPK", 3, 71.0),
        ]
    }
    rows = protect_month(month, 5)["recruitment_quality"]
    assert rows[2].statuses["managerial_mean_hired"] is Status.SUPPRESSED
    assert rows[0].statuses["managerial_mean_hired"] is Status.SUPPRESSED


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ASN_SMALL_CELL": "2"}, "ASN_SMALL_CELL: Input should be greater than or equal to 3"),
        ({"ASN_SMALL_CELL": "12"}, r"ASN_SMALL_CELL_OPEN \(10\) is below ASN_SMALL_CELL \(12\)"),
        ({"ASN_SMALL_CELL_OPEN": "4"}, "what is public would show more"),
    ],
)
def test_thresholds_that_protect_nobody_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said):
        get_settings()


def with_survey(context: BuildContext, counts: dict[str | None, int]) -> BuildContext:
    """Add a mart that has a rule to a candidate."""
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(
            "create or replace table marts.job_satisfaction (period date, agency_code varchar,"
            " is_total boolean, respondents bigint, alpha_respondents bigint, score double)"
        )
        connection.executemany(
            "insert into marts.job_satisfaction values (?, ?, ?, ?, 0, 61.5)",
            [[context.period.first_day, code, code is None, n] for code, n in counts.items()],
        )
    path = context.target_dir / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    model = dict(manifest["nodes"]["model.asn_warehouse.gap_agency"], alias="job_satisfaction")
    manifest["nodes"]["model.asn_warehouse.job_satisfaction"] = model
    path.write_text(json.dumps(manifest), "utf-8")
    return context


def served(settings: Settings, schema: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        return connection.execute(
            f"select agency_code, respondents, suppressed from {schema}.job_satisfaction order by 1"
        ).fetchall()


def test_protected_tables_go_with_their_version(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = {None: 53, "1": 3, "2": 10, "3": 40}
    publish.publish(settings, with_survey(make_candidate(settings, "2026-10"), first))
    before = served(settings, "safe")
    assert ("1", None, "respondents;score") in before and ("3", 40, "") in before
    more = with_survey(make_candidate(settings, "2026-10"), first | {None: 63, "2": 20})
    assert publish.publish(settings, more).version == 2
    assert served(settings, "safe") != before
    publish.revert(settings, OCTOBER)
    assert served(settings, "safe") == before
    settings.marts_database.unlink()
    publish.restore(settings)
    assert served(settings, "safe") == before
    publish.revert(settings, OCTOBER, 2)
    file = archive.directory(settings, OCTOBER, 1) / "safe" / "job_satisfaction.parquet"
    file.write_bytes(b"damaged")
    with pytest.raises(PublishConflict, match="is not what was published"):
        publish.revert(settings, OCTOBER, 1)


def test_a_version_of_before_gets_its_protected_tables_when_the_month_is_run_again(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    counts = {None: 53, "1": 3, "2": 10, "3": 40}
    publish.publish(settings, with_survey(make_candidate(settings, "2026-10"), counts))
    path = archive.directory(settings, OCTOBER, 1) / "publication.json"
    facts = json.loads(path.read_text("utf-8")) | {"protected": [], "thresholds": {}}
    path.write_text(json.dumps(facts), "utf-8")
    again = publish.publish(settings, with_survey(make_candidate(settings, "2026-10"), counts))
    assert again.is_new and again.version == 2 and len(served(settings, "safe")) == 4
    same = publish.publish(settings, with_survey(make_candidate(settings, "2026-10"), counts))
    assert not same.is_new
