"""The guide to BI: its ten questions asked of a PostgreSQL, answered again from the archive."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import yaml
from e2e_home import OCTOBER, PROJECT, Month
from postgres_server import Server
from pydantic import SecretStr

from asn_warehouse import access, publish

pytestmark = pytest.mark.slow
Rows = list[tuple[Any, ...]]
Read = Callable[[str], pd.DataFrame]

QUESTIONS = {
    int(number): query
    for number, query in re.findall(
        r"^### (\d+)\.[^\n]*\n.*?^```sql\n(.*?)^```",
        (PROJECT / "docs" / "bi.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
}


@pytest.fixture(scope="module")
def reader(month: Month, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A session of a BI tool's account on a server that serves the month."""
    home = tmp_path_factory.mktemp("bi")
    for part in ("warehouse", "reference"):
        shutil.copytree(month.settings.home / part, home / part)
    with postgres_server.empty_database() as dsn:
        server = {"home": home, "postgres_dsn": SecretStr(dsn)}
        settings = month.settings.model_copy(update=server)
        access.apply(settings)
        assert publish.restore(settings) == [OCTOBER]
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("create role t_metabase login in role asn_bi")
        try:
            account = replace(postgres_server, dsn=dsn).as_user("t_metabase").dsn
            with psycopg.connect(account, autocommit=True) as session:
                yield session
        finally:
            with psycopg.connect(dsn, autocommit=True) as admin:
                admin.execute("drop role t_metabase")


@pytest.fixture(scope="module")
def read(month: Month) -> Read:
    """Reads a protected table of the month from its file."""
    folder = month.settings.warehouse / "publications" / str(OCTOBER) / "v1" / "safe"
    return lambda mart: pd.read_parquet(Path(folder) / f"{mart}.parquet")


def _lacking(read: Read) -> Rows:
    found = read("submission_scorecard")
    found = found[found.status.isin(["missing", "refused"])]
    rows = [
        (code, name, len(of), ", ".join(sorted(of.dataset)))
        for (code, name), of in found.groupby(["agency_code", "agency_name"])
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _ideal(read: Read) -> Rows:
    found = read("competency_gap_national")
    found = found[found.family.notna() & found.competency_code.isna() & found.position_level.isna()]
    columns = ["family", "required_mean", "achieved_mean", "gap_mean", "met_share"]
    return _rows(found.sort_values("gap_mean"), columns)


def _widest(read: Read) -> Rows:
    found = read("competency_gap_national")
    found = found[found.competency_code.notna() & found.position_level.isna()]
    found = found[found.gap_mean.notna()].sort_values(["gap_mean", "competency_code"])
    return _rows(found.head(5), ["competency_code", "competency_name", "assessed", "gap_mean"])


def _fields(read: Read) -> Rows:
    found = read("competency_gap_field")
    found = found[found.agency_code.isna() & found.job_family.notna() & found.family.isna()]
    found = found.sort_values(["gap_mean", "job_family"])
    return _rows(found, ["job_family", "people", "gap_mean", "met_share"])


def _reached(read: Read) -> Rows:
    found = read("learning_hours")
    found = found[found.agency_code.notna()]
    found = found[found.employment_status.isna() & found.position_level.isna()].copy()
    shares = zip(found.reached_20_share, found.suppressed, strict=True)
    found["printed"] = [_percent(share, hidden) for share, hidden in shares]
    found = found.sort_values(["reached_20_share", "agency_code"], ascending=[False, True])
    return _rows(found, ["agency_code", "agency_name", "printed"])


def _percent(share: float, hidden: str) -> str:
    if pd.isna(share):
        return "*" if "reached_20_share" in hidden.split(";") else "–"
    exact = Decimal(str(share)) * 100
    return str(exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def _remote(read: Read) -> Rows:
    found = read("learning_access")
    found = found[found.region_class.notna() & found.province_code.isna()]
    columns = ["region_class", "people_reported", "hours_mean", "e_learning_share"]
    return _rows(found.sort_values("region_class"), columns)


def _forms(read: Read) -> Rows:
    found = read("program_comparison")
    found = found[found.agency_code.isna() & found.form_group.notna()].copy()
    above = [None if pd.isna(low) else bool(low > 0) for low in found.gain_ci_low]
    found["above"] = pd.Series(above, index=found.index, dtype=object)
    found = found.sort_values(["gain_mean", "form_group"], ascending=[False, True])
    columns = ["form_group", "runs", "gain_n", "gain_mean", "gain_ci_low", "gain_ci_high"]
    return _rows(found, [*columns, "above", "cost_per_gain_point"])


def _helping(read: Read) -> Rows:
    found = read("program_effectiveness")
    found = found[found.agency_code.isna() & found.evidence.isin(["moderate", "strong"])]
    keys = ["program_agency_code", "program_code", "run"]
    found = found.sort_values(["gain_mean", *keys], ascending=[False, True, True, True]).head(10)
    columns = ["program_agency_code", "program_name", "run", "participants"]
    return _rows(found, [*columns, "gain_mean", "gain_ci_low", "gain_ci_high"])


def _pool(read: Read) -> Rows:
    found = read("talent_box")
    found = found[found.agency_code.isna() & found.position_level.notna()]
    rows: Rows = []
    for level, of in found[found.box.isin([7, 8, 9])].groupby("position_level"):
        sums = [None if of[c].isna().any() else of[c].sum() for c in ("people", "share")]
        placed = of.placed_people.max()
        rows.append((level, None if pd.isna(placed) else placed, *sums))
    return sorted(rows)


def _targets(read: Read) -> Rows:
    rows: Rows = []
    for indicator, of in read("kpi_scorecard").groupby("indicator"):
        nation, agencies = of[of.agency_code.isna()].iloc[0], of[of.agency_code.notna()]
        change = None if pd.isna(nation.change) else nation.change
        met = [bool(value) for value in agencies.met if not pd.isna(value)]
        rows.append((indicator, nation.unit, nation.target, change, sum(met), len(met)))
    return sorted(rows, key=lambda row: row[0])


ANSWERS: dict[int, Callable[[Read], Rows]] = {
    1: _lacking,
    2: _ideal,
    3: _widest,
    4: _fields,
    5: _reached,
    6: _remote,
    7: _forms,
    8: _helping,
    9: _pool,
    10: _targets,
}


def _rows(frame: pd.DataFrame, columns: list[str]) -> Rows:
    """Return the rows, null as None."""
    told = frame[columns].astype(object)
    return [tuple(row) for row in told.where(told.notna(), None).itertuples(index=False)]


def test_there_are_ten_questions_with_an_answer_to_each() -> None:
    assert sorted(QUESTIONS) == sorted(ANSWERS) == list(range(1, 11))


@pytest.mark.parametrize("number", sorted(ANSWERS))
def test_the_question_has_the_answer_that_the_archive_gives(
    reader: psycopg.Connection[tuple[Any, ...]], read: Read, number: int
) -> None:
    told = reader.execute(QUESTIONS[number].encode()).fetchall()
    wanted = ANSWERS[number](read)
    assert len(told) == len(wanted) > 1
    for row, expected in zip(told, wanted, strict=True):
        assert [_number(v) for v in row] == pytest.approx([_number(v) for v in expected]), row


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def test_the_questions_show_hidden_figures_and_known_ones(read: Read) -> None:
    """Else nothing would be told of how a hidden one looks."""
    cells = [value for answer in ANSWERS.values() for row in answer(read) for value in row]
    assert cells.count(None) >= 10 and sum(value is not None for value in cells) > 100


def test_every_index_of_readers_of_the_nation_is_there(
    reader: psycopg.Connection[tuple[Any, ...]],
) -> None:
    declared = yaml.safe_load((PROJECT / "asn_warehouse/serving/indexes.yaml").read_text("utf-8"))
    assert list(declared) == ["safe"]
    inspected = 0
    for table, wanted in declared["safe"].items():
        found = reader.execute(
            "select indexdef from pg_indexes where tablename ~ %s", [f"^safe_{table}_2026_10_"]
        ).fetchall()
        if found:  # a small month has no rows in some
            assert len(found) == len(wanted) + 1, f"{table}: beside the one by agency"
            inspected += 1
    assert inspected > len(declared["safe"]) / 2


def test_the_account_of_the_guide_reads_schema_safe_alone(
    reader: psycopg.Connection[tuple[Any, ...]],
) -> None:
    for schema in ("marts", "open"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"select 1 from {schema}.position_fit".encode())
