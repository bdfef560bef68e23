"""The statistics of the marts, as dbt compiles them, against numpy, scipy and pandas."""

import math
from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest
from compiled import PROJECT, compile_models, fill, seeded_database
from scipy import stats

MODELS = [
    "int_program__gain",
    "int_program__reaction",
    "int_program__evidence",
    "int_program__stratum",
    "int_program__effect",
    "int_program__balance",
    "int_program__form_group",
    "program_comparison",
    "int_job_satisfaction__alpha",
    "int_service_satisfaction__year",
    "learning_hours",
]
RUN = ["program_agency_code", "program_code", "run"]
SIZES = [1, 2, 3, 5, 9, 10, 11, 19, 20, 21, 30, 60, 150, 225, 1600]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each model under test."""
    return compile_models(tmp_path_factory.mktemp("dbt"), MODELS)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty build with the seeds that the models read."""
    with seeded_database() as connection:
        yield connection


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
        quantile = float(stats.t.ppf(0.975, df)) if df else math.nan
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
        assert row.gain_ci_low == pytest.approx(low, rel=1e-9, abs=1e-9)
        assert row.gain_ci_high == pytest.approx(high, rel=1e-9, abs=1e-9)


def test_quantiles_of_the_table_and_above_it_are_those_of_scipy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    table = pd.read_csv(PROJECT / "seeds" / "codes" / "stat_t_quantile.csv")
    assert table["df"].tolist() == [*range(1, 201), 10**9]
    assert np.abs(table["t_975"][:200] - stats.t.ppf(0.975, table["df"][:200])).max() < 1e-13
    assert table["t_975"].iloc[-1] == pytest.approx(stats.norm.ppf(0.975), abs=1e-15)
    sizes = [2, 3, 100, 201, 202, 203, 250, 400, 1000, 5000]
    people = pd.concat(
        pd.DataFrame(
            {"program_code": f"P{n}", "pre_score": 0.0, "post_score": np.arange(n) % 2 * 2.0}
        )
        for n in sizes
    ).assign(program_agency_code="A", run="1", agency_code="A", is_completed=True)
    fill(database, "int_program__participant", people)
    rows = database.execute(compiled["int_program__gain"]).df()
    rows = rows[rows["agency_code"].isna()].set_index("program_code")
    for n in sizes:
        row = rows.loc[f"P{n}"]
        found = (row["gain_ci_high"] - row["gain_mean"]) * math.sqrt(n) / row["gain_sd"]
        assert found == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-10), n


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


STRATUM = ["stratum_agency_code", "position_level", "quadrant_before"]
BALANCED = ["age", "service_years", "education_rank"]


def compared_people(seed: int, size: int = 4_000) -> pd.DataFrame:
    """People with a change of performance, some of them participants, others trained elsewhere."""
    random = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "before_year": 2025,
            "after_year": 2026,
            "person_key": np.arange(size).astype(str),
            "stratum_agency_code": random.choice(["A", "B", "C"], size),
            "position_level": random.choice(["PELAKSANA", "PENGAWAS", "ADMINISTRATOR"], size),
            "quadrant_before": random.choice([1, 2, 3, 4, 5], size, p=[0.1, 0.6, 0.2, 0.06, 0.04]),
            "age": random.integers(4, 12, size) * 5,
            "service_years": random.integers(0, 35, size),
            "education_rank": random.integers(1, 17, size),
        }
    )
    people["change"] = random.choice([-20.0, 0.0, 20.0, 40.0], size, p=[0.2, 0.5, 0.25, 0.05])
    people["program_code"] = random.choice(["P", "Q", None], size, p=[0.04, 0.02, 0.94])
    people["is_trained"] = people["program_code"].notna() | (random.random(size) < 0.3)
    return people


def matched_strata(people: pd.DataFrame, part: pd.DataFrame) -> list[tuple[pd.DataFrame, ...]]:
    """Participants and comparison people of each stratum that holds both."""
    untrained = dict(iter(people[~people["is_trained"]].groupby(STRATUM)))
    return [(group, untrained[k]) for k, group in part.groupby(STRATUM) if k in untrained]


def difference_in_differences(strata: list[tuple[pd.DataFrame, ...]]) -> tuple[float, ...]:
    """Effect, standard error, whole degrees of freedom and half width, written out in numpy."""
    changes = [tuple(side["change"].to_numpy() for side in sides) for sides in strata]
    n = sum(len(treated) for treated, _ in changes)
    effect = sum(len(t) * (t.mean() - c.mean()) for t, c in changes) / n
    variance = spread = 0.0
    for side in (0, 1):
        within = [x[side] for x in changes]
        lent_df = sum(len(x) - 1 for x in within)
        lent = sum(((x - x.mean()) ** 2).sum() for x in within) / lent_df
        borrowed = 0.0
        for treated, x in zip([t for t, _ in changes], within, strict=True):
            own = x.var(ddof=1) if len(x) > 1 else lent
            part = (len(treated) / n) ** 2 * own / len(x)
            variance += part
            if len(x) > 1:
                spread += part**2 / (len(x) - 1)
            else:
                borrowed += part
        spread += borrowed**2 / lent_df
    df = math.floor(variance**2 / spread)
    error = math.sqrt(variance)
    return effect, error, df, error * float(stats.t.ppf(0.975, df))


def largest_difference(strata: list[tuple[pd.DataFrame, ...]]) -> float:
    """The largest standardised difference after matching, written out in pandas."""
    treated = pd.concat([t for t, _ in strata])
    untreated = pd.concat([c.assign(weight=len(t) / len(c)) for t, c in strata])
    found = []
    for column in BALANCED:
        weighted = np.average(untreated[column], weights=untreated["weight"])
        spread = math.sqrt((treated[column].var() + untreated[column].var()) / 2)
        found.append(abs(treated[column].mean() - weighted) / spread)
    return max(found)


@pytest.mark.parametrize("seed", range(4))
def test_matched_comparison_agrees_with_numpy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    people = compared_people(seed)
    columns = ["before_year", "after_year", "person_key", *STRATUM, "change", *BALANCED]
    fill(database, "int_program__comparable", people[columns])
    trained = people.loc[people["is_trained"], ["person_key"]].assign(competency_codes="M.01")
    fill(database, "int_program__exposed", trained)
    runs = pd.DataFrame({"program_code": ["P", "Q"]}).assign(
        program_agency_code="A", run="1", competency_codes="M.01", before_year=2025, after_year=2026
    )
    fill(database, "int_program__run", runs)
    took_part = people[people["program_code"].notna()].assign(program_agency_code="A", run="1")
    took_part["agency_code"] = np.where(took_part.index % 3 == 0, "X", "Y")
    fill(
        database,
        "int_program__participant",
        took_part[["program_agency_code", "program_code", "run", "agency_code", "person_key"]],
    )
    fill(database, "int_program__stratum", database.execute(compiled["int_program__stratum"]).df())
    effects = database.execute(compiled["int_program__effect"]).df()
    balances = database.execute(compiled["int_program__balance"]).df()
    assert len(effects) == len(balances) == 6
    singles = 0
    for row in effects.itertuples():
        part = took_part[took_part["program_code"] == row.program_code]
        of_row = balances["program_code"] == row.program_code
        if pd.isna(row.agency_code):
            of_row &= balances["agency_code"].isna()
        else:
            part = part[part["agency_code"] == row.agency_code]
            of_row &= balances["agency_code"] == row.agency_code
        strata = matched_strata(people, part)
        singles += sum(len(t) == 1 for t, _ in strata)
        assert row.matched_participants == sum(len(t) for t, _ in strata)
        assert row.comparison_people == sum(len(c) for _, c in strata)
        effect, error, df, half = difference_in_differences(strata)
        assert row.effect == pytest.approx(effect, rel=1e-9, abs=1e-9)
        assert row.standard_error == pytest.approx(error, rel=1e-9)
        assert row.df == df
        assert row.half_width == pytest.approx(half, rel=1e-9)
        (difference,) = balances.loc[of_row, "max_standardised_difference"]
        assert difference == pytest.approx(largest_difference(strata), rel=1e-9)
    assert singles > 5


def test_one_stratum_gives_the_welch_interval_of_scipy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    random = np.random.default_rng(2)
    treated, untreated = random.normal(5, 20, 35).round(2), random.normal(0, 11, 90).round(2)
    row = {"program_agency_code": "A", "program_code": "P", "run": "1", "agency_code": "A"}
    for prefix, changes in [("", treated), ("comparison_", untreated)]:
        row |= {
            f"{prefix}people": len(changes),
            f"{prefix}change_sum": changes.sum(),
            f"{prefix}change_squares": (changes**2).sum(),
        }
    fill(database, "int_program__stratum", pd.DataFrame([row]))
    (found,) = database.execute(compiled["int_program__effect"]).df().itertuples()
    welch = stats.ttest_ind(treated, untreated, equal_var=False)
    error = (treated.mean() - untreated.mean()) / welch.statistic
    assert found.effect == pytest.approx(treated.mean() - untreated.mean(), rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    assert found.df == math.floor(welch.df)
    exact = error * stats.t.ppf(0.975, welch.df)
    assert exact <= found.half_width <= exact * 1.001


@pytest.mark.parametrize("seed", range(3))
def test_alpha_agrees_with_numpy(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    random = np.random.default_rng(seed)
    people, items = 300, 8
    mood = random.normal(0, 1, people)[:, None]
    points = np.clip(np.round(3 + mood + random.normal(0, 1, (people, items))), 1, 5)
    answered = random.random((people, items)) > 0.05
    answered[:, -1] = random.random(people) < 0.2
    row, item = np.nonzero(answered)
    answers = pd.DataFrame(
        {
            "agency_code": np.where(row % 2 == 0, "A", "B"),
            "respondent_key": row.astype(str),
            "item": [f"K{n}" for n in item],
            "score": points[row, item],
        }
    ).assign(years_ago=0)
    fill(database, "int_job_satisfaction__answer", answers)
    rows = database.execute(compiled["int_job_satisfaction__alpha"]).df()
    for agency, part in [("A", slice(0, None, 2)), ("B", slice(1, None, 2)), (None, slice(None))]:
        kept = points[part, : items - 1]
        complete = kept[answered[part, : items - 1].all(axis=1)]
        variances = complete.var(axis=0, ddof=1).sum() / complete.sum(axis=1).var(ddof=1)
        alpha = (items - 1) / (items - 2) * (1 - variances)
        same = rows["agency_code"].isna() if agency is None else rows["agency_code"] == agency
        (found,) = rows[same].itertuples()
        assert found.respondents == len(complete) < people
        assert found.cronbach_alpha == pytest.approx(alpha, rel=1e-9)


def test_gains_of_a_form_are_those_of_all_its_participants(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    people = participants(11)
    fill(database, "int_program__participant", people)
    fill(database, "int_program__gain", database.execute(compiled["int_program__gain"]).df())
    codes = sorted(people["program_code"].unique())
    runs = pd.DataFrame({"program_code": codes}).assign(
        program_agency_code="A", run="1", cost_idr=1e6, obstacle="WAKTU"
    )
    runs["form_group"] = np.where(runs.index % 3 == 0, "classical", "seminar")
    fill(database, "int_program__run", runs)
    sizes = people.groupby(["program_code", "agency_code"]).size().rename("participants")
    parts = sizes.reset_index()
    whole = parts.groupby("program_code", as_index=False)["participants"].sum()
    delivery = pd.concat([parts, whole.assign(agency_code=None)]).assign(
        program_agency_code="A", run="1", cost=1e6
    )
    fill(database, "int_program__delivery", delivery.assign(completed=delivery["participants"]))
    keys = "program_agency_code varchar, program_code varchar, run varchar, agency_code varchar"
    database.execute(
        f"create table build.core.int_program__reaction ({keys}, reaction_n bigint,"
        " reaction_mean double);"
        "create table build.core.int_program__obstacle (agency_code varchar, form_group varchar,"
        " obstacle varchar, runs bigint);"
        "create table build.core.dim_agency (agency_code varchar, agency_name varchar)"
    )
    forms = database.execute(compiled["int_program__form_group"]).df()
    fill(database, "int_program__form_group", forms)
    rows = database.execute(compiled["program_comparison"]).df()
    scored = people.dropna(subset=["pre_score", "post_score"]).merge(
        runs[["program_code", "form_group"]]
    )
    assert len(rows) == 3 * 3
    for row in rows.itertuples():
        part = scored
        for key in ["agency_code", "form_group"]:
            if not pd.isna(getattr(row, key)):
                part = part[part[key] == getattr(row, key)]
        gain = (part["post_score"] - part["pre_score"]).to_numpy()
        low, high = stats.ttest_1samp(gain, 0).confidence_interval(0.95)
        assert row.gain_n == len(gain) > 100
        assert row.gain_mean == pytest.approx(gain.mean(), rel=1e-9)
        assert row.gain_ci_low == pytest.approx(low, rel=1e-9)
        assert row.gain_ci_high == pytest.approx(high, rel=1e-9)


def test_service_index_agrees_with_pandas(
    compiled: dict[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    random = np.random.default_rng(13)
    size = 2_000
    elements = [f"u{n}" for n in range(1, 10)]
    answers = pd.DataFrame(random.integers(1, 5, (size, 9)), columns=elements).astype("Int64")
    answers = answers.mask(random.random((size, 9)) < 0.1)
    answers["agency_code"] = random.choice(["A", "B"], size)
    answers["service_code"] = random.choice(["L1", "L2"], size)
    answers.loc[answers["service_code"] == "L2", "u4"] = pd.NA
    months = pd.period_range("2024-11", "2026-10", freq="M")
    answers["source_period"] = [months[n].start_time.date() for n in random.integers(0, 24, size)]
    fill(database, "fct_service_satisfaction", answers)
    fill(database, "dim_agency", pd.DataFrame({"agency_code": ["A", "B"]}))
    rows = database.execute(compiled["int_service_satisfaction__year"]).df()
    assert len(rows) == 2 * (2 * 2 + 2 + 1)
    for row in rows.itertuples():
        this_year = answers["source_period"] >= months[12].start_time.date()
        part = answers[this_year if row.years_ago == 0 else ~this_year]
        for key in ["agency_code", "service_code"]:
            if not pd.isna(getattr(row, key)):
                part = part[part[key] == getattr(row, key)]
        means = part[elements].astype(float).mean().dropna()
        assert row.respondents == part[elements].notna().any(axis=1).sum()
        assert row.elements_asked == len(means)
        assert row.ikm == pytest.approx(means.mean() * 25, rel=1e-12)
