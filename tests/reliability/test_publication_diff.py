"""What a publication changed is told with the agencies whose submissions caused it."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from candidates import AS_OF, make_candidate, settings_of

from asn_warehouse import archive, build, changes, publish
from asn_warehouse.build import BuildContext
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

OCTOBER = Period.parse("2026-10")
MODEL = Path(__file__).parents[2] / "dbt_project/models/marts/submission/publication_diff.yml"
FIRST = ("pegawai", "4011", 1, "2026-11-05 08:00:00", "diterima")
LATE = ("pegawai", "4011", 2, "2026-11-12 08:00:00", "diterima_dengan_penolakan")
OTHER = ("kinerja", "4011", 1, "2026-11-12 09:00:00", "diterima")
REFUSED = ("pegawai", "7471", 1, "2026-11-12 10:00:00", "ditolak")
STRANGE = ("gaji", "7471", 1, "2026-11-12 11:00:00", "ditolak")
LATER = datetime(2026, 11, 12, 12, 0, 0)

Rows = list[dict[str, Any]]


def served(settings: Settings) -> Rows:
    """Return every served row, as a BI tool reads it."""
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        found = connection.execute(
            "from marts.publication_diff order by period, version, table_name, measure nulls first"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def change(context: BuildContext, statement: str) -> BuildContext:
    """Change the candidate's figures."""
    with duckdb.connect(str(context.database)) as connection:
        connection.execute(statement)
    return context


def causes(row: dict[str, Any]) -> list[tuple[str, str, str, int, str]]:
    found = json.loads(row["caused_by"])
    return [
        (c["agency_code"], c["dataset"], c["period"], c["revision"], c["change"]) for c in found
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


@pytest.fixture
def revised(settings: Settings) -> Settings:
    """A month published twice: in between an agency sent its roster again, and other files came."""
    publish.publish(settings, make_candidate(settings, "2026-10", log=[FIRST]))
    context = make_candidate(
        settings, "2026-10", log=[FIRST, LATE, OTHER, REFUSED, STRANGE], as_of=LATER, rules="r"
    )
    change(
        context,
        """
        update marts.gap_person set gap = -9 where person_key = md5('1') or person_key = md5('2');
        delete from marts.gap_person where person_key = md5('3');
        update marts.gap_agency set people = 49, gap_mean = gap_mean + 0.25;
        insert into marts.gap_agency values (date '2026-10-01', null, 49, -1.5, 10);
        update marts.scorecard set score = 80;
        """,
    )
    assert publish.publish(settings, context).version == 2
    return settings


def test_the_first_version_has_no_row_and_the_columns_of_the_model(settings: Settings) -> None:
    publish.publish(settings, make_candidate(settings, "2026-10", log=[FIRST]))
    assert served(settings) == []
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        described = connection.execute("describe marts.publication_diff").fetchall()
    (model,) = yaml.safe_load(MODEL.read_text("utf-8"))["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    assert {name: kind.lower() for name, kind, *_ in described} == declared
    assert declared == changes.COLUMNS


def test_a_late_revision_names_its_agency_and_dataset_and_what_it_changed(
    revised: Settings,
) -> None:
    rows = {(row["table_name"], row["measure"]): row for row in served(revised)}
    assert set(rows) == {
        ("gap_agency", None),
        ("gap_agency", "gap_mean"),
        ("gap_agency", "people"),
        ("gap_agency", "month_no"),
        ("gap_person", None),
        ("scorecard", None),
        ("scorecard", "score"),
    }
    late = ("4011", "pegawai", "2026-10", 2, "arrived")
    assert causes(rows["gap_agency", "people"]) == [late]
    assert json.loads(rows["gap_agency", None]["caused_by"])[0]["agency_name"] == (
        "Badan Kepegawaian Negara"
    )
    counts = ("rows_before", "rows_after", "rows_added", "rows_removed", "rows_changed")
    person, agency = rows["gap_person", None], rows["gap_agency", None]
    assert [person[name] for name in counts] == [50, 49, 0, 1, 2]
    assert [agency[name] for name in counts] == [1, 2, 1, 0, 1]
    mean = rows["gap_agency", "gap_mean"]
    assert (mean["rows_changed"], mean["largest_change"]) == (1, 0.25)
    assert (mean["value_before"], mean["value_after"], mean["difference"]) == (None, -1.5, None)
    assert json.loads(mean["changed_agency_codes"]) == ["4011"]
    assert (agency["version"], agency["previous_version"]) == (2, 1)
    assert (agency["previous_as_of"], agency["as_of"]) == (AS_OF, LATER)


def test_one_line_tells_the_operator_what_changed_and_because_of_whom(revised: Settings) -> None:
    publication = publish.current(revised, OCTOBER)
    assert publish.what_changed(revised, publication) == (
        "Since version 1: 3 tables changed, because of 7471 (pegawai),"
        " Badan Kepegawaian Negara (pegawai)"
    )
    assert publish.what_changed(revised, publish.revert(revised, OCTOBER)) is None


def test_the_row_of_totals_gives_the_value_before_and_after(revised: Settings) -> None:
    context = make_candidate(revised, "2026-10", log=[FIRST, LATE], as_of=LATER)
    change(context, "insert into marts.gap_agency values (date '2026-10-01', null, 51, -1.2, 10)")
    publish.publish(revised, context)
    (people,) = [r for r in served(revised) if (r["version"], r["measure"]) == (3, "people")]
    assert (people["value_before"], people["value_after"], people["difference"]) == (49, 51, 2)


def test_what_was_refused_is_told_only_where_refusals_count(revised: Settings) -> None:
    told = {row["table_name"]: causes(row) for row in served(revised)}
    refused = ("7471", "pegawai", "2026-10", 1, "arrived")
    assert refused in told["scorecard"]
    assert [refused in told[name] for name in ("gap_agency", "gap_person")] == [False, False]


def test_a_dataset_behind_no_changed_figure_is_not_blamed(revised: Settings) -> None:
    assert {dataset for row in served(revised) for _, dataset, *_ in causes(row)} == {"pegawai"}


def test_of_a_mart_of_persons_only_numbers_of_rows_are_told(revised: Settings) -> None:
    rows = [row for row in served(revised) if row["table_name"] == "gap_person"]
    assert [row["measure"] for row in rows] == [None]
    assert rows[0]["value_before"] is rows[0]["value_after"] is rows[0]["largest_change"] is None
    keys = archive.directory(revised, OCTOBER, 2) / "gap_person.parquet"
    with duckdb.connect() as connection:
        people = connection.execute(f"select person_key from read_parquet('{keys}')").fetchall()
    text = json.dumps(served(revised), default=str)
    assert len(people) == 49 and not [key for (key,) in people if key in text]


def test_the_same_content_again_adds_no_version_and_no_row(settings: Settings) -> None:
    publish.publish(settings, make_candidate(settings, "2026-10", log=[FIRST]))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2, log=[FIRST, LATE]))
    before = served(settings)
    again = make_candidate(settings, "2026-10", seed=2, log=[FIRST, LATE])
    assert before and not publish.publish(settings, again).is_new
    assert served(settings) == before


def test_content_does_not_depend_on_what_was_published_before(
    settings: Settings, tmp_path: Path
) -> None:
    alone = settings_of(tmp_path / "alone")
    only = publish.publish(alone, make_candidate(alone, "2026-10", seed=2))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    second = publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    assert second.content_sha256 == only.content_sha256
    assert (len(served(alone)), bool(served(settings))) == (0, True)


def test_changes_stay_after_a_revert_and_the_next_version_is_compared_with_what_is_served(
    revised: Settings,
) -> None:
    before = served(revised)
    publish.revert(revised, OCTOBER)
    assert served(revised) == before
    context = make_candidate(revised, "2026-10", seed=3, log=[FIRST, LATE], as_of=LATER)
    publish.publish(revised, context)
    assert [row for row in served(revised) if row["version"] == 2] == before
    assert {r["previous_version"] for r in served(revised) if r["version"] == 3} == {1}


def test_months_are_not_mixed(revised: Settings) -> None:
    before = served(revised)
    publish.publish(revised, make_candidate(revised, "2026-11"))
    assert served(revised) == before


def test_a_file_that_was_read_late_is_named_though_it_landed_early(settings: Settings) -> None:
    """It can carry a time of receipt before the as-of of the version that did not know it."""
    publish.publish(settings, make_candidate(settings, "2026-10", log=[FIRST]))
    early = ("pegawai", "4011", 2, "2026-11-09 08:00:00", "diterima")
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2, log=[FIRST, early]))
    assert causes(served(settings)[0]) == [("4011", "pegawai", "2026-10", 2, "arrived")]


def test_an_earlier_as_of_hides_the_submissions_it_takes_away(settings: Settings) -> None:
    log = [FIRST, LATE]
    publish.publish(settings, make_candidate(settings, "2026-10", log=log, as_of=LATER))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2, log=log))
    assert causes(served(settings)[0]) == [("4011", "pegawai", "2026-10", 2, "hidden")]


@pytest.mark.parametrize(
    ("before", "after", "expected"), [("r", "r", False), ("r", "s", True), ("", "s", None)]
)
def test_new_rules_are_told_apart_from_submissions(
    settings: Settings, before: str, after: str, expected: bool | None
) -> None:
    publish.publish(settings, make_candidate(settings, "2026-10", rules=before))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2, rules=after))
    assert {row["has_new_rules"] for row in served(settings)} == {expected}
    assert {row["caused_by"] for row in served(settings)} == {"[]"}


def test_a_version_archived_before_changes_were_kept_is_compared_by_its_as_of(
    settings: Settings,
) -> None:
    publish.publish(settings, make_candidate(settings, "2026-10", log=[FIRST]))
    version = archive.load(settings, OCTOBER, 1)
    folder = archive.directory(settings, OCTOBER, 1)
    for extra in version.extras:
        (folder / f"{extra.name}.parquet").unlink()
    row = json.loads(replace(version, extras=()).to_json())
    del row["extras"], row["rules_sha256"]
    (folder / "publication.json").write_text(json.dumps(row))
    later = make_candidate(settings, "2026-10", seed=2, log=[FIRST, LATE], as_of=LATER)
    publish.publish(settings, later)
    assert causes(served(settings)[0]) == [("4011", "pegawai", "2026-10", 2, "arrived")]


def test_a_table_or_column_that_came_or_went_is_a_change(settings: Settings) -> None:
    context = make_candidate(settings, "2026-10")
    change(context, "alter table marts.scorecard drop column score")
    publish.publish(settings, context)
    path = archive.directory(settings, OCTOBER, 1)
    (path / "gap_agency.parquet").unlink()
    row = json.loads((path / "publication.json").read_text())
    row["marts"] = [mart for mart in row["marts"] if mart["name"] != "gap_agency"]
    (path / "publication.json").write_text(json.dumps(row))
    publish.publish(
        settings,
        change(make_candidate(settings, "2026-10"), "update marts.scorecard set score = 3"),
    )
    rows = {(r["table_name"], r["measure"]): r for r in served(settings)}
    added = rows["gap_agency", None]
    assert (added["rows_before"], added["rows_added"]) == (0, 1)
    assert rows["scorecard", "score"]["rows_changed"] == 1


def test_a_revert_to_an_archive_whose_changes_were_altered_is_refused(revised: Settings) -> None:
    publish.publish(revised, make_candidate(revised, "2026-10", seed=3))
    file = archive.directory(revised, OCTOBER, 2) / "publication_diff.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(publish.PublishConflict, match="not what was published"):
        publish.revert(revised, OCTOBER, 2)


def test_a_candidate_may_hold_the_empty_table_of_the_model(settings: Settings) -> None:
    context = make_candidate(settings, "2026-10")
    change(context, "create table marts.publication_diff (period date)")
    manifest = context.target_dir / "manifest.json"
    found = json.loads(manifest.read_text())
    node = dict(found["nodes"]["model.asn_warehouse.scorecard"], alias=changes.NAME)
    found["nodes"]["model.asn_warehouse.publication_diff"] = node
    manifest.write_text(json.dumps(found))
    assert changes.NAME in build.models(context, "marts")
    publish.publish(settings, context)
    assert served(settings) == []
