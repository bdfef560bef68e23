"""What a simulation plants, the marts find: effects in their intervals, gaps and boxes exactly.

One home with 200 agencies, each with a programme that works and one that does not: 200 independent
replications of both, through admission and the models. The estimand is stated in
``asn_warehouse.simulate.effects``.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from e2e_home import settings_over

from asn_warehouse import admission, build
from asn_warehouse.periods import Period
from asn_warehouse.simulate import SimulationSpec, Truths, simulate
from asn_warehouse.simulate.standing import NOT_SENT

REPLICATIONS = 200
MARCH = Period.parse("2027-03")
SPEC = SimulationSpec(
    period=MARCH,
    months=1,
    agencies=REPLICATIONS + 1,
    people=42_000,
    faults_per_rule=0,
    seed=2027,
    truths=Truths(effect=0.4),
)
OF_PROGRAMS = ["pegawai", "kinerja", "program_pelatihan", "peserta_pelatihan"]
OF_PEOPLE = ["jabatan", "kompetensi", "standar_kompetensi", "penilaian_kompetensi", "potensi"]
MODELS = ["+program_effectiveness", "+competency_gap_agency", "+talent_box"]


@pytest.fixture(scope="module")
def planted(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, pd.DataFrame]]:
    """The built candidate of the month, and the truths that were planted in its files."""
    settings = settings_over(tmp_path_factory.mktemp("planted") / "home")
    simulated = simulate(settings, SPEC)
    assert simulated.planted is not None
    truths = pd.read_csv(simulated.planted, dtype={"agency_code": str, "subject": str})
    known = sorted(set(truths.loc[truths["kind"].isin(["gap", "boxes"]), "agency_code"]))
    for names, agencies in ((OF_PROGRAMS, None), (OF_PEOPLE, known)):
        summary = admission.ingest(settings, MARCH, names, agencies)
        assert summary.outcomes
        assert summary.refused == summary.rows_rejected == 0
    context = build.prepare(settings, MARCH)
    build.run_dbt(context, MODELS)
    with duckdb.connect(str(context.database), read_only=True) as connection:
        yield connection, truths


@pytest.fixture(scope="module")
def runs(planted: tuple[duckdb.DuckDBPyConnection, pd.DataFrame]) -> pd.DataFrame:
    """The planted runs as the mart has them, each beside its truth."""
    connection, truths = planted
    mart = connection.execute(
        "select * from marts.program_effectiveness where agency_code is null"
    ).df()
    effects = truths[truths["measure"] == "performance_effect"]
    mart = mart[mart["program_code"].isin(effects["subject"])]
    found = effects.merge(mart, left_on="subject", right_on="program_code", validate="1:1")
    assert found["kind"].value_counts().to_dict() == {
        "effect": REPLICATIONS,
        "no_effect": REPLICATIONS,
    }
    taught = truths[truths["measure"] == "participants"].set_index("subject")["value"]
    assert (found["participants"] == found["program_code"].map(taught)).all()
    assert (found["performance_effect"].notna() & (found["gain_n"] >= 20)).all()
    return found


def _covered(runs: pd.DataFrame) -> pd.Series:
    low, high = runs["performance_effect_ci_low"], runs["performance_effect_ci_high"]
    return (low <= runs["value"]) & (runs["value"] <= high)


def test_the_planted_effect_lies_in_its_interval_in_92_to_98_of_100_runs(
    runs: pd.DataFrame,
) -> None:
    works = runs[runs["kind"] == "effect"]
    assert 0.92 <= _covered(works).mean() <= 0.98
    assert (works["value"] > 4).all()
    error = works["performance_effect"] - works["value"]
    assert abs(error.mean()) < 3 * error.std() / len(works) ** 0.5
    assert (works["performance_effect_ci_low"] > 0).mean() > 0.4


def test_a_programme_without_effect_is_called_moderate_or_strong_in_at_most_5_of_100(
    runs: pd.DataFrame,
) -> None:
    idle = runs[runs["kind"] == "no_effect"]
    assert idle["evidence"].isin(["moderate", "strong"]).mean() <= 0.05
    assert set(idle["evidence"]) >= {"weak"}
    works = runs[runs["kind"] == "effect"]
    assert works["evidence"].isin(["moderate", "strong"]).mean() > 0.9
    assert (works["evidence"] == "strong").any()


def test_whom_the_programme_without_effect_is_given_to_deceives_a_naive_comparison(
    planted: tuple[duckdb.DuckDBPyConnection, pd.DataFrame], runs: pd.DataFrame
) -> None:
    idle = runs[runs["kind"] == "no_effect"]
    naive = (
        planted[0]
        .execute(
            """
            select
                run.program_code,
                avg(c.change) filter (took.person_key is not null)
                - avg(c.change) filter (trained.person_key is null) as difference
            from core.int_program__run as run
            inner join core.int_program__comparable as c
                on c.before_year = run.before_year and c.after_year = run.after_year
                and c.stratum_agency_code = run.program_agency_code
            left join core.int_program__participant as took
                on took.program_code = run.program_code and took.run = run.run
                and took.person_key = c.person_key
            left join core.int_program__exposed as trained
                on trained.competency_codes = run.competency_codes
                and trained.person_key = c.person_key
            group by run.program_code
            """
        )
        .df()
        .set_index("program_code")["difference"]
    )
    error = idle["program_code"].map(naive)
    assert error.mean() > 2
    assert error.mean() > 10 * error.std() / len(idle) ** 0.5
    matched = idle["performance_effect"]
    assert abs(matched.mean()) < 3 * matched.std() / len(idle) ** 0.5
    assert _covered(idle).mean() >= 0.90


def test_the_known_gap_of_an_agency_is_found_exactly(
    planted: tuple[duckdb.DuckDBPyConnection, pd.DataFrame],
) -> None:
    connection, truths = planted
    mart = connection.execute(
        "select agency_code, coalesce(family, '') as family, coverage, gap_mean, met_share"
        " from marts.competency_gap_agency"
        " where competency_code is null and position_level is null"
    ).df()
    mart = mart.set_index(["agency_code", "family"])
    gaps = truths[truths["kind"] == "gap"].fillna({"subject": ""})
    assert len(gaps) == 2 * 5
    for truth in gaps.itertuples():
        row = mart.loc[(truth.agency_code, truth.subject)]
        assert row["coverage"] == 1
        assert row[truth.measure] == pytest.approx(truth.value, abs=1e-12), truth
    whole = gaps[gaps["subject"] == ""].set_index("measure")["value"]
    assert whole["met_share"] == pytest.approx(0.6, abs=0.002)
    assert whole["gap_mean"] == pytest.approx(-0.4, abs=0.002)


def test_the_known_boxes_of_an_agency_are_found_exactly(
    planted: tuple[duckdb.DuckDBPyConnection, pd.DataFrame],
) -> None:
    connection, truths = planted
    boxes = truths[truths["kind"] == "boxes"]
    mart = connection.execute(
        "select box, people, share from marts.talent_box"
        " where position_level is null and agency_code = ?",
        [boxes["agency_code"].iloc[0]],
    ).df()
    assert len(boxes) == 2 * 9
    assert sorted(mart["box"]) == list(range(1, 10))
    for truth in boxes.itertuples():
        row = mart.set_index("box").loc[int(truth.subject)]
        assert row[truth.measure] == pytest.approx(truth.value, abs=1e-12), truth
    assert SPEC.truths is not None
    wanted = mart.sort_values("box")["share"].tolist()
    assert wanted == pytest.approx(list(SPEC.truths.boxes), abs=0.01)


def test_what_the_agency_with_the_boxes_does_not_send_are_datasets_of_the_contracts() -> None:
    contracts = Path(__file__).parents[2] / "contracts"
    assert all((contracts / f"{name}.yaml").is_file() for name in NOT_SENT)
