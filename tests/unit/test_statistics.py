"""The macros and models of statistics against scipy, statsmodels and exact arithmetic."""

import math
import statistics
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from compiled import compile_inline, compile_models, fill, seeded_database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

MACROS = """
select
    {{ exact_mean('x') }} as mean,
    {{ exact_stddev('x') }} as sd,
    {{ percentile('x', 0.1) }} as p10,
    {{ percentile('x', 0.5) }} as p50,
    {{ percentile('x', 0.9) }} as p90,
    {{ exact_sum('x * x') }} as squares,
    count(x) as n
from build.core.sample
"""
TERMS = """
select {{ weighted_mean([['a', 'wa'], ['b', 'wb'], ['c', 'wc']]) }} as mean
from build.core.sample
"""
QUANTILES = """
select sample.df, {{ t_quantile('sample.df', 't_row', z_quantile()) }} as t
from build.core.sample
left join build.codes.stat_t_quantile as t_row on sample.df = t_row.df
"""
MODELS = ["int_program__gain", "int_program__effect"]
STRATUM = ["agency", "level", "predicate"]

scores = st.integers(0, 10_000).map(lambda n: n / 100)
samples = st.one_of(
    st.lists(scores, min_size=1, max_size=60),
    st.tuples(scores, st.integers(2, 60)).map(lambda pair: [pair[0]] * pair[1]),
    st.lists(st.sampled_from([20.0, 40.0, 60.0, 80.0, 100.0]), min_size=2, max_size=300),
    st.lists(st.integers(10**11 - 50, 10**11).map(lambda n: n / 10**6), min_size=2, max_size=20),
)
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the macros and of the models under test."""
    work = tmp_path_factory.mktemp("dbt")
    parts = {"macros": MACROS, "terms": TERMS, "quantiles": QUANTILES}
    whole = compile_inline(work, "\n-- next\n".join(parts.values())).split("-- next\n")
    return dict(zip(parts, whole, strict=True)) | compile_models(work, MODELS)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty build with the seeds; tests fill tables anew."""
    with seeded_database() as connection:
        yield connection


def close(found: float | None, value: float) -> bool:
    """Whether a number is the same to 1e-9; null stands for none."""
    if math.isnan(value):
        return found is None or math.isnan(found)
    return found is not None and math.isclose(found, value, rel_tol=1e-9, abs_tol=1e-9)


@quickly
@given(sample=samples)
def test_mean_deviation_and_percentiles_are_those_of_exact_arithmetic(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, sample: list[float]
) -> None:
    fill(database, "sample", pd.DataFrame({"x": [*sample, None]}, dtype="float64"))
    (row,) = database.execute(compiled["macros"]).df().to_dict("records")
    exact = [Fraction(Decimal(repr(x))) for x in sample]
    assert row["n"] == len(sample)
    assert close(row["mean"], float(sum(exact) / len(exact)))
    spread = float(statistics.stdev(exact)) if len(exact) > 1 else math.nan
    assert close(row["sd"], spread)
    if len(set(exact)) == 1 and len(exact) > 1:
        assert row["sd"] == 0
    for name, share in [("p10", 10), ("p50", 50), ("p90", 90)]:
        wanted = float(np.percentile(sample, share))
        assert row[name] == pytest.approx(wanted, rel=1e-12, abs=5e-9), name


@quickly
@given(
    terms=st.lists(
        st.tuples(st.none() | scores, st.sampled_from([10, 15, 20, 25, 40, 60])),
        min_size=3,
        max_size=3,
    )
)
def test_a_weighted_mean_is_over_what_is_known(
    compiled: dict[str, str],
    database: duckdb.DuckDBPyConnection,
    terms: list[tuple[float | None, int]],
) -> None:
    row = {}
    for name, (score, weight) in zip("abc", terms, strict=True):
        row |= {name: score, f"w{name}": weight}
    columns = dict.fromkeys(row, "float64")
    fill(database, "sample", pd.DataFrame([row]).astype(columns))
    ((found,),) = database.execute(compiled["terms"]).fetchall()
    known = [(score, weight) for score, weight in terms if score is not None]
    total = sum(weight for _, weight in known)
    value = sum(score * weight for score, weight in known) / total if known else math.nan
    assert close(found, value)


def test_the_t_quantile_of_any_degrees_of_freedom_is_that_of_scipy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    """Each to 2,000, then to ten million; the largest error stands at the end of the seed."""
    beyond = np.unique(np.geomspace(2_001, 10_000_000, 500).astype(int))
    df = np.r_[0, np.arange(1, 2_001), beyond]
    fill(database, "sample", pd.DataFrame({"df": df}))
    found = database.execute(compiled["quantiles"]).df().set_index("df")["t"].sort_index()
    assert math.isnan(found.iloc[0])
    assert len(found) == len(df) > 2_400
    error = np.abs(found.iloc[1:] - stats.t.ppf(0.975, found.index[1:]))
    assert error.loc[1:200].max() < 1e-13
    assert error.loc[201:].max() < 1e-11


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_and_its_interval_are_those_of_statsmodels(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    random = np.random.default_rng(seed)
    sizes = [2, 3, 10, 37, 250]
    parts = []
    for n in sizes:
        before = np.round(random.uniform(0, 100, n), 1)
        after = np.round(np.clip(before + random.normal(5, 20, n), 0, 100), 1)
        part = pd.DataFrame({"pre_score": before, "post_score": after})
        parts.append(part.assign(program_code=f"P{n}"))
    people = pd.concat(parts).assign(program_agency_code="A", run="1", agency_code="A")
    fill(database, "int_program__participant", people)
    rows = database.execute(compiled["int_program__gain"]).df()
    rows = rows[rows["agency_code"].isna()].set_index("program_code")
    for n, part in zip(sizes, parts, strict=True):
        gain = DescrStatsW(part["post_score"] - part["pre_score"])
        spread = DescrStatsW(part["pre_score"]).std_ddof(1)
        row = rows.loc[f"P{n}"]
        low, high = gain.tconfint_mean(0.05)
        factor = 1 - 3 / (4 * (n - 1) - 1)
        for name, value in {
            "gain_mean": gain.mean,
            "gain_sd": gain.std_ddof(1),
            "gain_ci_low": low,
            "gain_ci_high": high,
            "effect_size": gain.mean / spread * factor,
        }.items():
            assert close(row[name], float(value)), (n, name)


def strata_of(people: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``int_program__stratum``: sums of each side of each stratum."""
    rows = people.groupby([*STRATUM, "is_treated"])["change"].agg(["size", "sum"])
    rows["squares"] = (people["change"] ** 2).groupby([people[k] for k in rows.index.names]).sum()
    treated, others = rows.xs(True, level=3), rows.xs(False, level=3)
    columns = ["people", "change_sum", "change_squares"]
    wide = treated.set_axis(columns, axis=1).join(
        others.set_axis([f"comparison_{name}" for name in columns], axis=1), how="inner"
    )
    key = {"program_agency_code": "A", "program_code": "P", "run": "1", "agency_code": None}
    return wide.reset_index().assign(**key)


@pytest.mark.parametrize("seed", range(8))
def test_the_effect_and_its_error_are_those_of_a_saturated_regression(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    """With a mean for each side of each stratum, and errors that may differ between all of them.

    The error is MacKinnon and White's HC2, which for a saturated regression is s²/n of each cell:
    the variance of Neyman for a stratified experiment (Imbens and Rubin 2015, chapter 9).
    """
    random = np.random.default_rng(seed)
    cells = [(a, v, p) for a in "AB" for v in ("L1", "L2") for p in (1, 2, 3)]
    frames = []
    for cell in cells[: 1 + seed]:
        sizes = {True: int(random.integers(2, 9)), False: int(random.integers(2, 40))}
        for is_treated, n in sizes.items():
            change = random.choice([-20.0, 0.0, 20.0, 40.0], n) + random.normal(0, 1, n).round(2)
            frame = pd.DataFrame({"change": change, "is_treated": is_treated})
            frames.append(frame.assign(**dict(zip(STRATUM, cell, strict=True))))
    people = pd.concat(frames, ignore_index=True)
    strata = strata_of(people)
    fill(database, "int_program__stratum", strata)
    (found,) = database.execute(compiled["int_program__effect"]).df().to_dict("records")
    groups = people.groupby([*STRATUM, "is_treated"])
    dummies = pd.get_dummies(groups.ngroup()).astype(float)
    fit = sm.OLS(people["change"], dummies).fit(cov_type="HC2")
    counts = people[people["is_treated"]].groupby(STRATUM).size()
    contrast = np.array(
        [
            (1 if key[-1] else -1) * counts[key[:-1]] / counts.sum()
            for key, _ in sorted(groups, key=lambda item: item[0])
        ]
    )
    test = fit.t_test(contrast)
    assert close(found["effect"], float(test.effect.item()))
    assert close(found["standard_error"], float(test.sd.item()))
    assert found["matched_participants"] == counts.sum()
    taught = people.groupby(STRATUM)["is_treated"].transform("sum")
    share = taught / (people.groupby(STRATUM)["is_treated"].transform("size") - taught)
    weight = np.where(people["is_treated"], 1.0, share)
    weighted = sm.WLS(
        people["change"], sm.add_constant(people["is_treated"].astype(float)), weight
    ).fit()
    assert close(found["effect"], float(weighted.params["is_treated"]))
    if len(strata) == 1:
        sides = [DescrStatsW(part["change"]) for _, part in people.groupby("is_treated")]
        both = CompareMeans(sides[1], sides[0])
        low, high = both.tconfint_diff(0.05, usevar="unequal")
        freedom = both.dof_satt()
        assert found["df"] == math.floor(freedom)
        exact = (high - low) / 2 / stats.t.ppf(0.975, freedom)
        assert close(found["half_width"] / stats.t.ppf(0.975, found["df"]), exact)
