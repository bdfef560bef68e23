"""Programme runs: delivery, reaction, learning, behaviour, result and evidence, computed again."""

import numpy as np
import pandas as pd
from scipy import stats

from recompute import facts
from recompute.base import Recomputed
from recompute.effect import effects
from recompute.facts import RUN
from recompute.frames import TOTAL, first, share, stacked
from recompute.satisfaction import ELEMENTS, sheets

KEY = [*RUN, "agency_code"]
KEPT = [tuple(KEY), tuple(RUN)]
FEWEST, MODERATE, STRONG = 10, 20, 30
LEARNED = [
    "pre_mean", "post_mean", "gain_mean", "gain_sd", "gain_pct", "normalised_gain", "effect_size",
    "gain_ci_low", "gain_ci_high",
]  # fmt: skip


def runs(again: Recomputed) -> pd.DataFrame:
    """Return the runs that ended in the twelve months to the period."""
    rows = again.programs
    since = again.first - pd.DateOffset(months=11)
    return rows[(rows["ends_on"] >= since) & (rows["ends_on"] <= again.last)]


def took_part(again: Recomputed) -> pd.DataFrame:
    """Return who took part in these runs, each once; not those whom the rosters do not know."""
    rows = again.learning.merge(again.once(runs)[RUN], on=RUN)
    has_roster = rows["agency_code"].isin(again.roster["agency_code"])
    rows = rows[rows["is_known"] | ~has_roster]
    rows = rows.assign(is_unfinished=~rows["is_completed"])
    return first(rows, [*RUN, "person_key"], is_unfinished=True, agency_code=True)


def delivery(again: Recomputed) -> pd.DataFrame:
    """Return participants and cost of each run and of each agency in it, by its participants."""
    rows, taken = again.once(took_part), again.once(runs)
    found = stacked(rows, KEY, KEPT).groupby(KEY, as_index=False).agg(
        participants=("person_key", "size"), completed=("is_completed", "sum")
    )  # fmt: skip
    whole = taken[RUN].assign(agency_code=TOTAL)
    found = found.merge(whole, how="outer", on=KEY).fillna({"participants": 0, "completed": 0})
    found = found.merge(taken[[*RUN, "cost", "form_group", "obstacle"]], on=RUN)
    all_of_run = found.groupby(RUN)["participants"].transform("max").clip(lower=1)
    is_run = found["agency_code"] == TOTAL
    found["cost"] = found["cost"].where(is_run, found["cost"] * found["participants"] / all_of_run)
    return found


def respondents(again: Recomputed, stage: str) -> pd.DataFrame:
    """Return the mean answer of each respondent about a run, by stage of the survey."""
    rows = facts.answers(again)
    rows = rows[rows["tahap"] == stage]
    return rows.groupby([*KEY, "respondent_key"], as_index=False)["skor"].mean()


def gains(rows: pd.DataFrame) -> pd.Series:
    """Return what participants with both scores learned."""
    n, gain = len(rows), rows["post"] - rows["pre"]
    room = 100 - rows["pre"]
    sd, pre_sd = (float(x.std(ddof=1)) if n > 1 else np.nan for x in (gain, rows["pre"]))
    half = stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n) if n > 1 else np.nan
    start = rows["pre"].mean()
    small = 1 - 3 / (4 * (n - 1) - 1)
    values = [
        start, rows["post"].mean(), gain.mean(), sd, gain.mean() / start if start else np.nan,
        (gain / room)[room > 0].mean(), gain.mean() / pre_sd * small if pre_sd > 0 else np.nan,
        gain.mean() - half, gain.mean() + half,
    ]  # fmt: skip
    return pd.Series([n, *values], ["gain_n", *LEARNED], dtype=float)


def grouped_gains(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the gains of each key, shown from ten participants on."""
    scored = rows[rows["pre"].notna() & rows["post"].notna()]
    found = scored.groupby(keys)[["pre", "post"]].apply(gains).reset_index()
    found[LEARNED] = found[LEARNED].where(found["gain_n"] >= FEWEST)
    return found


def survey(again: Recomputed, stage: str, name: str) -> pd.DataFrame:
    """Return number and mean of respondents, the mean from ten on."""
    rows = stacked(respondents(again, stage), KEY, KEPT).groupby(KEY)["skor"]
    found = rows.agg(["size", "mean"]).reset_index()
    found["mean"] = found["mean"].where(found["size"] >= FEWEST)
    return found.rename(columns={"size": f"{name}_n", "mean": f"{name}_mean"})


def service_change(again: Recomputed) -> pd.DataFrame:
    """Return the IKM of the participants' agencies in the year after less that of the year before.

    Whole months only; over several agencies each weighs by its participants.
    """
    answers = sheets(again).assign(number=lambda f: month_number(f["month"]))
    sums = answers.groupby(["agency_code", "number"])[ELEMENTS].agg(["sum", "count"])
    sums.columns = [f"{u}_{what}" for u, what in sums.columns]
    people = again.once(took_part).groupby(KEY).size().rename("participants").reset_index()
    people = people.merge(again.once(runs)[[*RUN, "starts_on", "ends_on"]], on=RUN)
    rows = people.merge(sums.reset_index(), on="agency_code")
    before = month_number(rows["starts_on"]) - rows["number"]
    after = rows["number"] - month_number(rows["ends_on"])
    found = people[[*KEY, "participants"]].set_index(KEY)
    for side, distance in (("before", before), ("after", after)):
        year = rows[distance.between(1, 12)].groupby(KEY)[list(sums.columns)].sum()
        means = [year[f"{u}_sum"] / year[f"{u}_count"].where(year[f"{u}_count"] > 0)
                 for u in ELEMENTS]  # fmt: skip
        found[side] = pd.concat(means, axis=1).mean(axis=1) * 25
    found = found.dropna()
    found["weighed"] = (found["after"] - found["before"]) * found["participants"]
    sums = stacked(found.reset_index(), KEY, KEPT).groupby(KEY)[["weighed", "participants"]].sum()
    return share(sums["weighed"], sums["participants"]).rename("service_change").reset_index()


def month_number(days: pd.Series) -> pd.Series:
    """Return the months of days, counted through."""
    return days.dt.year * 12 + days.dt.month


def effectiveness(again: Recomputed) -> pd.DataFrame:
    """Return program_effectiveness."""
    taken, participants = again.once(runs), again.once(took_part)
    found = again.once(delivery).drop(columns=["form_group", "obstacle"])
    for part in (
        survey(again, "REAKSI", "reaction"),
        survey(again, "PERILAKU", "behaviour"),
        grouped_gains(stacked(participants, KEY, KEPT), KEY),
        effects(again, taken, participants),
        service_change(again),
    ):
        found = found.merge(part, how="left", on=KEY)
    counts = ["reaction_n", "behaviour_n", "gain_n", "matched_participants", "comparison_people"]
    found[counts] = found[counts].fillna(0)
    found["completion_rate"] = share(found["completed"], found["participants"])
    found["response_rate"] = share(found["reaction_n"], found["participants"]).clip(upper=1)
    found["cost_per_participant"] = share(found["cost"], found["participants"])
    found["cost_per_gain_point"] = (found["cost_per_participant"] / found["gain_mean"]).where(
        found["gain_mean"] > 0
    )
    met = (found["gain_pct"] >= 0.2).astype(object)
    found["target_met"] = met.where(found["gain_pct"].notna(), None)
    enough = found["participants"] >= FEWEST
    found["service_index_change"] = found.pop("service_change").where(enough)
    found["evidence"] = evidence(found)
    comparable = is_comparable(found)
    shown = {
        "performance_effect": "effect", "performance_effect_ci_low": "low",
        "performance_effect_ci_high": "high", "max_standardised_difference": "imbalance",
    }  # fmt: skip
    for column, source in shown.items():
        found[column] = found.pop(source).where(comparable)
    about = [
        "program_name", "learning_form", "form_group", "competency_codes", "provider", "obstacle",
        "starts_on", "ends_on", "hours",
    ]  # fmt: skip
    return again.finished(found.merge(taken[[*RUN, *about]], on=RUN), ["agency_code"])


def is_comparable(rows: pd.DataFrame) -> pd.Series:
    """Return whether there are enough people on both sides to compare."""
    return (rows["matched_participants"] >= FEWEST) & (rows["comparison_people"] >= FEWEST)


def evidence(rows: pd.DataFrame) -> pd.Series:
    """Return how sure it is that a run helps: strong, moderate, weak or none."""
    comparable = is_comparable(rows)
    strong = (
        comparable
        & (rows["matched_participants"] >= STRONG)
        & (rows["low"] > 0)
        & (rows["imbalance"] <= 0.1)
    )
    moderate = (rows["gain_n"] >= MODERATE) & (rows["gain_ci_low"] > 0)
    nothing = (rows["gain_n"] < FEWEST) & ~comparable
    words = np.select([nothing, strong, moderate], ["none", "strong", "moderate"], "weak")
    return pd.Series(words, rows.index)


def comparison(again: Recomputed) -> pd.DataFrame:
    """Return program_comparison; rows of all agencies are of whole runs."""
    keys = ["agency_code", "form_group"]
    forms = again.once(runs)[[*RUN, "form_group"]]
    held = again.once(delivery)
    held = held.assign(costed=held["participants"].where(held["cost"].notna()))
    kept = [("agency_code", "form_group"), ("agency_code",)]
    grouped = stacked(held, keys, kept).groupby(keys)
    found = grouped.agg(
        runs=("run", "size"), participants=("participants", "sum"), completed=("completed", "sum")
    )
    found = found.join(grouped[["cost", "costed"]].sum(min_count=1)).reset_index()
    people = stacked(again.once(took_part), ["agency_code"])
    people = people.drop(columns="form_group").merge(forms, on=RUN)
    found = found.merge(grouped_gains(stacked(people, keys, kept), keys), how="left", on=keys)
    answers = stacked(respondents(again, "REAKSI"), ["agency_code"])
    answers = answers.merge(held[[*KEY, "form_group"]], on=KEY)
    scores = stacked(answers, keys, kept).groupby(keys)["skor"].agg(["size", "mean"])
    found = found.merge(scores.reset_index(), how="left", on=keys)
    found[["size", "gain_n"]] = found[["size", "gain_n"]].fillna(0)
    named = stacked(held[held["obstacle"].notna()], keys, kept)
    named = named.groupby([*keys, "obstacle"]).size().rename("obstacle_runs").reset_index()
    named = first(named, keys, obstacle_runs=False, obstacle=True)
    found = found.merge(named, how="left", on=keys)
    found["cost_per_participant"] = share(found["cost"], found.pop("costed"))
    found["cost_per_gain_point"] = (found["cost_per_participant"] / found["gain_mean"]).where(
        found["gain_mean"] > 0
    )
    found = found.assign(
        completion_rate=share(found["completed"], found["participants"]),
        reaction_mean=found.pop("mean").where(found["size"] >= FEWEST),
        reaction_n=found.pop("size"),
        obstacle_runs=found["obstacle_runs"].fillna(0),
    )
    unshown = set(LEARNED) - {"gain_mean", "gain_ci_low", "gain_ci_high"}
    return again.finished(found.drop(columns=list(unshown)), keys)


MARTS = {
    "program_effectiveness": (KEY, effectiveness),
    "program_comparison": (["agency_code", "form_group"], comparison),
}
