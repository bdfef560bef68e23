"""A regulation that changes: months before it stay as they were, months from it on follow it.

The models of the index are copied, with a few people in place of what they read. dbt builds a
December, a rule set that begins later is written into the seeds of the copy, and dbt builds the
same December and the January after it.
"""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
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
MODELS = {
    "int_professionalism__performance", "professionalism_person", "professionalism_index",
    "dim_rule",
}  # fmt: skip

PEOPLE = """
    select * from (values
        ('master', 'PNS', '45', 1, 40.0, 5.0),
        ('bachelor', 'PNS', '40', 2, 30.5, 5.0),
        ('diploma', 'PNS', '30', null, 10.0, 3.0),
        ('contract', 'PPPK', '45', 1, 40.0, 5.0)
    ) as people (person_key, employment_status, education_code, quadrant, learned, kept)
"""
READ = {
    "staging/int_submission__counting": """
        select 'A' as agency_code, 'kinerja' as dataset, {{ period_first_day() }} as source_period
    """,
    "core/dim_agency": "select 'A' as agency_code, 'Instansi A' as agency_name",
    "core/dim_person": f"""
        select
            person_key, employment_status, education_code, 'A' as agency_code, true as is_counted,
            'PELAKSANA' as position_level, 'J' as position_code, 'U' as unit_code,
            '7471' as region_code, false as is_remote_region, 'S2' as education_level,
            'L' as sex, '30-34' as age_band, 9 as service_years, false as is_carried_forward
        from ({PEOPLE})
    """,
    "core/fct_performance": f"""
        select
            person_key, 'A' as agency_code, 2026 as year, 'TAHUNAN' as period_type,
            cast(quadrant as integer) as quadrant, date '2026-12-31' as ended_on
        from ({PEOPLE}) where quadrant is not null
    """,
    "marts/index/int_professionalism__competency": f"""
        select person_key, 'A' as agency_code, learned as competency_points from ({PEOPLE})
    """,
    "marts/index/int_professionalism__discipline": f"""
        select person_key, 'A' as agency_code, kept as discipline_points from ({PEOPLE})
    """,
}
"""What the models read, in place of the models that compute it from files."""

BY_THE_OLD = {"master": 20 + 40 + 30 + 5, "bachelor": 15 + 30.5 + 25 + 5, "diploma": 10 + 10 + 3}
BY_THE_NEW = {"master": 16 + 40 + 35 + 5, "bachelor": 12 + 30.5 + 30 + 5, "diploma": 8 + 10 + 3}


@dataclass
class Builds:
    """Candidates as dbt left them, by the rules of the day and the month."""

    folder: Path
    statuses: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def make(self, project: Path, rules: str, month: str, manifest: Any) -> None:
        """Build a month; keep what became of each node, its tests among them."""
        place = self.folder / rules / month
        place.mkdir(parents=True)
        dbt_vars = {"period": f"{month}-01", "as_of": "2027-02-10 00:00:00"}
        folders = project, place / "target", place / "logs"
        arguments = dbt_process.common_arguments(*folders, "duckdb", dbt_vars)
        environment = {"ASN_BUILD_DB": str(place / "build.duckdb"), "ASN_MEMORY_LIMIT": "512MB"}
        target = place / "target"
        dbt_process.build(arguments, environment, manifest.deepcopy(), ["*"], target)
        self.statuses[rules, month] = read_outcome(place / "target").statuses

    def ask(self, rules: str, month: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on one candidate."""
        database = self.folder / rules / month / "build.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def indices(self, rules: str, month: str) -> dict[str, float | None]:
        """Return the index of each person."""
        query = "select person_key, ip_asn from marts.professionalism_person"
        return dict(self.ask(rules, month, query))


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """A month by the rules as they are, and two after a new set was written beside them."""
    folder = tmp_path_factory.mktemp("rules")
    project = copy_of_the_index(folder / "dbt_project")
    manifest = dbt_process.parsed(project, "duckdb")
    found = Builds(folder)
    found.make(project, "before", OLD, manifest)
    change_rules(project / "seeds" / "rules")
    found.make(project, "after", OLD, manifest)
    found.make(project, "after", NEW, manifest)
    return found


def copy_of_the_index(project: Path) -> Path:
    """Return a copy of the dbt project with the index and its rules, and nothing else."""
    whole = PROJECT_DIR / "dbt_project"
    for part in ("macros", "seeds/rules"):
        shutil.copytree(whole / part, project / part)
    files = [whole / "dbt_project.yml", whole / "profiles.yml", whole / "models" / "groups.yml"]
    files += [path for path in (whole / "models").rglob("*.*") if path.stem in MODELS]
    files += [whole / "tests" / "rule_validity_never_overlaps.sql"]
    assert len(files) == 4 + 2 * len(MODELS)
    for path in files:
        copied = project / path.relative_to(whole)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)
    for name, query in READ.items():
        path = project / "models" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(query, "utf-8")
    return project


def change_rules(seeds: Path) -> None:
    """End the rows of the index and add those that follow them, as a maintainer does."""
    begin_anew(seeds / "rule_weight.csv", "ip_asn", "component", "weight", WEIGHTS.get)
    begin_anew(seeds / "rule_score.csv", "ip_qualification", "code", "score", QUALIFICATION.get)
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


def test_models_and_their_tests_pass_before_and_after(builds: Builds) -> None:
    assert len(builds.statuses) == 3
    for build, statuses in builds.statuses.items():
        bad = {n: s for n, s in statuses.items() if s not in ("success", "pass")}
        assert bad == {}, build
        assert "test.asn_warehouse.rule_validity_never_overlaps" in statuses, build
        assert sum(name.startswith("test.") for name in statuses) > 20, build


def test_a_month_before_the_change_is_computed_as_it_was(builds: Builds) -> None:
    for mart in ("professionalism_person", "professionalism_index"):
        query = f"from marts.{mart} order by all"
        before, after = builds.ask("before", OLD, query), builds.ask("after", OLD, query)
        assert len(before) >= 4
        assert after == before, mart
    assert builds.indices("after", OLD) == {**BY_THE_OLD, "contract": None}


def test_a_month_from_the_change_on_is_computed_by_the_new_set(builds: Builds) -> None:
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
    assert [builds.ask("after", month, kept) for month in (OLD, NEW)] == [[(8,)], [(8,)]]
