"""A regulation that changes: months before it stay as they were, months from it on follow it.

The project is copied, a rule set that begins later is written into the seeds of the copy, and dbt
builds the index of a December and a January over the same few people.
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from asn_warehouse import dbt_process
from asn_warehouse.dbt_results import read_outcome
from asn_warehouse.settings import PROJECT_DIR

OLD, NEW = "2026-12", "2027-01"
LAST_DAY, FIRST_DAY = "2026-12-31", "2027-01-01"
SOURCE = "Peraturan BKN 99/2026"
WEIGHTS = {"qualification": 20, "competency": 40, "performance": 35, "discipline": 5}
QUALIFICATION = {"45": 16, "40": 12, "30": 8}
PERFORMANCE = {"1": 35, "2": 30, "NONE": 0}
BUILT = ["path:seeds/rules", "int_professionalism__performance", "professionalism_person"]
BUILT += ["professionalism_index", "dim_rule", "rule_validity_never_overlaps"]

PEOPLE = pd.DataFrame(
    [
        ("master", "PNS", "45", 1, 40.0, 5.0),
        ("bachelor", "PNS", "40", 2, 30.5, 5.0),
        ("diploma", "PNS", "30", None, 10.0, 3.0),
        ("contract", "PPPK", "45", 1, 40.0, 5.0),
    ],
    columns=["person_key", "employment_status", "education_code", "quadrant", "learned", "kept"],
)
BY_THE_OLD = {"master": 20 + 40 + 30 + 5, "bachelor": 15 + 30.5 + 25 + 5, "diploma": 10 + 10 + 3}
BY_THE_NEW = {"master": 16 + 40 + 35 + 5, "bachelor": 12 + 30.5 + 30 + 5, "diploma": 8 + 10 + 3}


@dataclass
class Builds:
    """The candidates of both months before and after the change, as dbt left them."""

    folder: Path
    statuses: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def ask(self, rules: str, month: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on one candidate."""
        with duckdb.connect(str(self.folder / rules / month / "build.duckdb")) as connection:
            return connection.execute(query).fetchall()

    def indices(self, rules: str, month: str) -> dict[str, float | None]:
        """Return the index of each person."""
        query = "select person_key, ip_asn from marts.professionalism_person"
        return dict(self.ask(rules, month, query))


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builds]:
    """Both months by the rules as they are, and again after a new set was written beside them."""
    folder = tmp_path_factory.mktemp("rules")
    project = folder / "dbt_project"
    left_out = shutil.ignore_patterns("target", "logs", "semantic", "exposures*")
    shutil.copytree(PROJECT_DIR / "dbt_project", project, ignore=left_out)
    manifest = dbt_process.parsed(project, "duckdb")
    found = Builds(folder)
    for rules in ("before", "after"):
        if rules == "after":
            change_rules(project / "seeds" / "rules")
        for month in (OLD, NEW):
            found.statuses[rules, month] = build(project, folder / rules / month, month, manifest)
    yield found


def change_rules(seeds: Path) -> None:
    """End the rows of the index and add those that follow them, as a maintainer does."""
    begin_anew(seeds / "rule_weight.csv", "ip_asn", "component", "weight", WEIGHTS.get)
    begin_anew(
        seeds / "rule_score.csv", "ip_qualification", "code", "score", QUALIFICATION.get
    )
    begin_anew(seeds / "rule_score.csv", "ip_performance", "code", "score", PERFORMANCE.get)


def begin_anew(
    path: Path, rule_set: str, item: str, value: str, later: Callable[[str], float | None]
) -> None:
    """Write a version from ``FIRST_DAY`` on of every rule of a set to which ``later`` has one."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    added = []
    for row in rows:
        if row["rule_set"] == rule_set and (new := later(row[item])) is not None:
            begun = {"rule_id": f"{row['rule_id']}.2027", "valid_from": FIRST_DAY, "source": SOURCE}
            added.append(row | begun | {value: str(new)})
            row["valid_to"] = LAST_DAY
    assert added
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, *added])


def build(project: Path, folder: Path, month: str, manifest: Any) -> dict[str, str]:
    """Build a month over the people; return what became of each node, its tests among them."""
    folder.mkdir(parents=True)
    database = folder / "build.duckdb"
    with duckdb.connect(str(database)) as connection:
        for schema in ("core", "staging"):
            connection.execute(f"create schema {schema}")
        fill(connection, month)
    dbt_vars = {"period": f"{month}-01", "as_of": "2027-02-10 00:00:00"}
    places = (project, folder / "target", folder / "logs", "duckdb", dbt_vars)
    environment = {"ASN_BUILD_DB": str(database), "ASN_MEMORY_LIMIT": "512MB"}
    arguments = dbt_process.common_arguments(*places)
    dbt_process.build(arguments, environment, manifest.deepcopy(), BUILT)
    return read_outcome(folder / "target").statuses


def fill(connection: duckdb.DuckDBPyConnection, month: str) -> None:
    """Make what the index reads: the same people in every month."""
    people = PEOPLE
    for table, query in {
        "staging.int_submission__counting": (
            f"select 'A' as agency_code, 'kinerja' as dataset, date '{month}-01' as source_period"
        ),
        "core.dim_agency": "select 'A' as agency_code, 'Instansi A' as agency_name",
        "core.dim_person": """
            select person_key, employment_status, education_code, 'A' as agency_code,
                   true as is_counted, 'PELAKSANA' as position_level, 'J' as position_code,
                   'U' as unit_code, '7471' as region_code, false as is_remote_region,
                   'S2' as education_level, 'L' as sex, '30-34' as age_band, 9 as service_years,
                   false as is_carried_forward
            from people
        """,
        "core.fct_performance": """
            select person_key, 'A' as agency_code, 2026 as year, 'TAHUNAN' as period_type,
                   quadrant::integer as quadrant, date '2026-12-31' as ended_on
            from people where quadrant is not null
        """,
        "core.int_professionalism__competency": """
            select person_key, 'A' as agency_code, learned as competency_points from people
        """,
        "core.int_professionalism__discipline": """
            select person_key, 'A' as agency_code, kept as discipline_points from people
        """,
    }.items():
        connection.execute(f"create table {table} as {query}")
    assert len(people) == 4


def test_models_and_their_tests_pass_before_and_after(builds: Builds) -> None:
    assert len(builds.statuses) == 4
    for build_, statuses in builds.statuses.items():
        bad = {n: s for n, s in statuses.items() if s not in ("success", "pass")}
        assert bad == {}, build_
        assert "test.asn_warehouse.rule_validity_never_overlaps" in statuses, build_
        assert sum(name.startswith("test.") for name in statuses) > 10, build_


def test_a_month_before_the_change_is_computed_as_it_always_was(builds: Builds) -> None:
    for mart in ("professionalism_person", "professionalism_index"):
        query = f"from marts.{mart} order by all"
        before, after = builds.ask("before", OLD, query), builds.ask("after", OLD, query)
        assert len(before) >= 4
        assert after == before, mart
    assert builds.indices("after", OLD) == {**BY_THE_OLD, "contract": None}


def test_a_month_from_the_change_on_is_computed_by_the_new_set(builds: Builds) -> None:
    assert builds.indices("before", NEW) == {**BY_THE_OLD, "contract": None}
    assert builds.indices("after", NEW) == {**BY_THE_NEW, "contract": None}
    weights = ", ".join(f"{name}_weight" for name in WEIGHTS)
    for month, expected in ((OLD, (25, 40, 30, 5)), (NEW, tuple(WEIGHTS.values()))):
        query = f"select distinct {weights} from marts.professionalism_person"
        assert builds.ask("after", month, query) == [expected]
    query = """
        select ip_asn, category from marts.professionalism_index
        where agency_code is null and employment_status is null
    """
    mean = sum(BY_THE_NEW.values()) / len(BY_THE_NEW)
    assert builds.ask("after", NEW, query) == [(pytest.approx(mean), "low")]


def test_each_month_names_the_regulation_it_was_computed_by(builds: Builds) -> None:
    query = """
        select source, count(*) from marts.dim_rule
        where rule_set = 'ip_asn' and item like 'dimension.%' and is_in_force group by source
    """
    assert builds.ask("after", OLD, query) == [("Peraturan BKN 8/2019", 4)]
    assert builds.ask("after", NEW, query) == [(SOURCE, 4)]
    kept = "select count(*) from marts.dim_rule where rule_set = 'ip_asn' and unit = 'weight'"
    assert builds.ask("after", NEW, kept) == [(8,)]
