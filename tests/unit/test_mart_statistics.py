"""The statistics of the marts, as dbt compiles them, against numpy, scipy and pandas."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from dbt.cli.main import dbtRunner
from scipy import stats

PROJECT = Path(__file__).parents[2] / "dbt_project"
MODELS = ["int_program__gain", "int_program__reaction", "int_program__evidence", "learning_hours"]
RUN = ["program_agency_code", "program_code", "run"]
SIZES = [1, 2, 3, 5, 9, 10, 11, 19, 20, 21, 30, 60, 150, 225, 1600]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each model under test, compiled by dbt for October 2026."""
    work = tmp_path_factory.mktemp("dbt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_BUILD_DB", str(work / "build.duckdb"))
        patch.setenv("DO_NOT_TRACK", "1")
        outcome = dbtRunner().invoke(
            [
                *("--quiet", "compile", "--select", *MODELS),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
                *("--vars", '{period: "2026-10-01", as_of: "2026-11-10 00:00:00"}'),
            ]
        )
    assert outcome.success, outcome.exception
    found = {
        result.node.name: result.node.compiled_code
        for result in outcome.result.results
        if result.node.resource_type == "model"
    }
    assert sorted(found) == sorted(MODELS)
    return found


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty build with the seeds that the models read, under the name dbt compiled for."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as build")
        for schema, seed in [("codes", "stat_t_quantile"), ("rules", "rule_parameter")]:
            path = PROJECT / "seeds" / schema / f"{seed}.csv"
            connection.execute(f"create schema build.{schema}")
            connection.execute(
                f"create table build.{schema}.{seed} as select * from read_csv('{path}')"
            )
        connection.execute("create schema build.core")
        yield connection


def fill(database: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    database.register("frame", frame)
    database.execute(f"create table build.core.{table} as select * from frame")
    database.unregister("frame")


def participants(seed: int) -> pd.DataFrame:
    """Programme runs of every size of SIZES, two agencies each, scores with two decimals."""
    random = np.random.default_rng(seed)
    frames = []
    for size in SIZES:
        pre = np.round(np.clip(random.normal(60, 20, size), 0, 100), 2)
        post = np.round(np.clip(pre + random.normal(8, 15, size), 0, 100), 2)
        frame = pd.DataFrame({"pre_score": pre, "post_score": post})
        frame["agency_code"] = random.choice(["A", "B"], size)
        frame["program_code"] = f"P{size}"
        extra = pd.DataFrame(
            {"pre_score": [50.0, np.nan], "post_score": [np.nan, 50.0], "agency_code": "A"}
        ).assign(program_code=f"P{size}")
        frames += [frame, extra]
    people = pd.concat(frames, ignore_index=True)
    return people.assign(
        program_agency_code="A", run="1", person_key=people.index.astype(str), is_completed=True
    )


def expected(pre: np.ndarray, post: np.ndarray, quantile: float) -> dict[str, float]:
    """The formulas of the programme statistics, written out once more in numpy."""
    gain, n = post - pre, len(pre)
    below = pre < 100
    with np.errstate(all="ignore"):
        spread = float(np.std(gain, ddof=1)) if n > 1 else math.nan
        pre_spread = float(np.std(pre, ddof=1)) if n > 1 else math.nan
        return {
            "gain_n": n,
            "pre_mean": pre.mean(),
            "post_mean": post.mean(),
            "gain_mean": gain.mean(),
            "gain_sd": spread,
            "gain_pct": (post.mean() - pre.mean()) / pre.mean(),
            "normalised_gain": (gain[below] / (100 - pre[below])).mean(),
            "effect_size": gain.mean() / pre_spread * (1 - 3 / (4 * (n - 1) - 1)),
            "gain_ci_low": gain.mean() - quantile * spread / math.sqrt(n),
            "gain_ci_high": gain.mean() + quantile * spread / math.sqrt(n),
        }


def table_quantile(df: int) -> float:
    """The 97.5 % quantile as the seed gives it; between two rows linear in 1/df."""
    table = pd.read_csv(PROJECT / "seeds" / "codes" / "stat_t_quantile.csv").sort_values("df")
    # numpy interpolates over rising values: 1/df falls, hence the reversal.
    return float(np.interp(1 / df, (1 / table["df"]).to_numpy()[::-1], table["t_975"][::-1]))


@pytest.mark.parametrize("seed", range(3))
def test_program_statistics_agree_with_numpy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    people = participants(seed)
    fill(database, "int_program__participant", people)
    rows = database.execute(compiled["int_program__gain"]).df()
    scored = people.dropna(subset=["pre_score", "post_score"])
    totals = [(key, None, part) for key, part in scored.groupby("program_code")]
    agencies = [
        (key, agency, part)
        for (key, agency), part in scored.groupby(["program_code", "agency_code"])
    ]
    assert len(rows) == len(totals) + len(agencies) > 2 * len(SIZES)
    for program, agency, part in totals + agencies:
        same = rows["agency_code"].isna() if agency is None else rows["agency_code"] == agency
        row = rows[(rows["program_code"] == program) & same].iloc[0]
        df = len(part) - 1
        pre, post = part["pre_score"].to_numpy(), part["post_score"].to_numpy()
        quantile = table_quantile(df) if df else math.nan
        for name, value in expected(pre, post, quantile).items():
            if math.isnan(value):
                assert pd.isna(row[name]), (program, agency, name)
            else:
                assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-9), (program, name)


def test_interval_is_the_t_interval_of_scipy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    people = participants(7)
    fill(database, "int_program__participant", people)
    rows = database.execute(compiled["int_program__gain"]).df()
    totals = rows[rows["agency_code"].isna() & (rows["gain_n"] > 1)]
    scored = people.dropna(subset=["pre_score", "post_score"])
    assert len(totals) == len([size for size in SIZES if size > 1])
    for row in totals.itertuples():
        part = scored[scored["program_code"] == row.program_code]
        low, high = stats.ttest_rel(part["post_score"], part["pre_score"]).confidence_interval(0.95)
        width = high - low
        assert row.gain_ci_low == pytest.approx(low, abs=2e-5 * width)
        assert row.gain_ci_high == pytest.approx(high, abs=2e-5 * width)


def test_quantile_table_is_right_and_its_interpolation_close() -> None:
    table = pd.read_csv(PROJECT / "seeds" / "codes" / "stat_t_quantile.csv")
    exact = stats.t.ppf(0.975, table["df"])
    assert np.abs(table["t_975"] - exact).max() < 6e-7
    worst = max(
        abs(table_quantile(df) - stats.t.ppf(0.975, df)) for df in [201, 225, 275, 450, 1500, 90000]
    )
    assert worst < 1e-5


def test_equal_gains_have_no_spread(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    people = participants(0).assign(pre_score=33.33, post_score=33.33 + 1 / 3)
    fill(database, "int_program__participant", people)
    rows = database.execute(compiled["int_program__gain"]).df()
    many = rows[rows["gain_n"] > 1]
    assert len(many)
    assert (many["gain_sd"] == 0).all()
    assert many["effect_size"].isna().all()


def test_reaction_is_the_mean_of_means(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    random = np.random.default_rng(3)
    answers = pd.DataFrame(
        {
            "program_code": random.choice(["P", "Q"], 500),
            "agency_code": random.choice(["A", "B"], 500),
            "respondent_key": random.integers(0, 60, 500).astype(str),
            "score": random.integers(1, 6, 500),
        }
    ).assign(
        program_agency_code="A", run="1", stage="REAKSI", item="MATERI", is_orphan_program=False
    )
    fill(database, "fct_survey_answer", answers)
    rows = database.execute(compiled["int_program__reaction"]).df()
    means = answers.groupby(["program_code", "agency_code", "respondent_key"])["score"].mean()
    totals = rows[rows["agency_code"].isna()].set_index("program_code").sort_index()
    assert totals["reaction_n"].tolist() == means.groupby("program_code").size().tolist()
    assert totals["reaction_mean"].tolist() == pytest.approx(
        means.groupby("program_code").mean().tolist(), rel=1e-9
    )


def test_hours_agree_with_pandas(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    random = np.random.default_rng(5)
    size = 3000
    people = pd.DataFrame(
        {
            "agency_code": random.choice(["A", "B", "C"], size),
            "employment_status": random.choice(["PNS", "PPPK"], size),
            "position_level": random.choice(["PELAKSANA", "ADMINISTRATOR"], size),
            "hours": np.round(random.gamma(2, 10, size) * (random.random(size) > 0.3), 1),
        }
    ).assign(is_carried_forward=False, is_reported=True)
    people["floor_hours"] = np.where(people["employment_status"] == "PNS", 20.0, np.nan)
    people["ceiling_hours"] = np.where(people["employment_status"] == "PPPK", 24.0, np.nan)
    groups = "classical e_learning on_the_job mentoring_coaching community other_nonclassical"
    for group in [*groups.split(), "seminar"]:
        people[f"hours_{group}"] = people["hours"] if group == "classical" else 0.0
    fill(database, "int_learning__person_year", people)
    agency = pd.DataFrame({"agency_code": ["A", "B", "C"], "agency_name": ["a", "b", "c"]})
    fill(database, "dim_agency", agency)
    rows = database.execute(compiled["learning_hours"]).df()
    assert len(rows) == 4 * 3 * 3
    for row in rows.itertuples():
        part = people
        for key in ["agency_code", "employment_status", "position_level"]:
            if not pd.isna(getattr(row, key)):
                part = part[part[key] == getattr(row, key)]
        assert row.people == len(part)
        assert row.hours_total == pytest.approx(part["hours"].sum(), rel=1e-9)
        assert row.hours_mean == pytest.approx(part["hours"].mean(), rel=1e-9)
        assert row.hours_median == pytest.approx(part["hours"].median(), rel=1e-9)
        assert row.no_learning == (part["hours"] == 0).sum()
        bound = part["floor_hours"].notna()
        if bound.any():
            assert row.reached_20 == (part["hours"] >= 20)[bound].sum()
