"""What became of participants against people like them: matched difference in differences."""

import numpy as np
import pandas as pd
from scipy import stats

from recompute.base import Recomputed
from recompute.facts import RUN
from recompute.frames import TOTAL, first

STRATUM = ["stratum_agency", "position_level", "predicate_before"]
FEWEST = 10
BALANCED = ["age", "service_years", "education_rank"]


def changes(again: Recomputed, before: int, after: int) -> pd.DataFrame:
    """Return score before and after of those with the last appraisal up to ``before`` and the
    first from ``after`` on.
    """
    rows = again.appraisals[again.appraisals["points"].notna()]
    one = first(rows[rows["year"] <= before], ["person_key"], year=False)
    other = first(rows[rows["year"] >= after], ["person_key"], year=True)
    columns = ["person_key", "predicate", "points"]
    found = one[columns].merge(other[columns], on="person_key", suffixes=("_before", "_after"))
    return found.assign(change=(found["points_after"] - found["points_before"]).astype(float))


def described(again: Recomputed) -> pd.DataFrame:
    """Return everyone who counts with all that must be alike; age is the band's first year."""
    people = again.people
    age = people["age_band"].str.extract(r"^(\d\d)-")[0].astype(float)
    rows = people[["person_key", "position_level", "service_years"]].assign(
        stratum_agency=people["agency_code"],
        age=age,
        education_rank=people["education_code"].map(again.education_ranks),
    )
    return rows.dropna(subset=BALANCED).astype(dict.fromkeys(BALANCED, float))


def exposed(again: Recomputed) -> dict[str, set[str]]:
    """Return by competency those who took any programme on it."""
    rows = again.learning[again.learning["has_run"] & is_recent(again)]
    rows = rows.merge(again.programs[[*RUN, "competency_codes"]], on=RUN)
    rows = rows.assign(code=rows["competency_codes"].str.split(";")).explode("code")
    found = rows.groupby(rows["code"].str.strip())["person_key"]
    return {str(code): set(keys) for code, keys in found}


def is_recent(again: Recomputed) -> pd.Series:
    """Return which participations are still known: of two years, and every structural (1) or
    functional (2) course.
    """
    rows = again.learning
    day = rows["completed_on"].fillna(rows["ends_on"]).fillna(rows["month"])
    lasting = rows["learning_form"].isin(["1", "2"])
    return lasting | (day >= again.first - pd.DateOffset(months=24))


def effect(took: pd.DataFrame, others: pd.DataFrame) -> dict[str, float]:
    """Return the effect on participants, its 95 % interval and the worst imbalance.

    Strata of agency, level and predicate before weigh by their participants. A side's stratum of
    one person has the variance that the others of that side have within their strata.
    """
    others = others[others["stratum"].isin(took["stratum"])]
    took = took[took["stratum"].isin(others["stratum"])]
    found = {"matched_participants": len(took), "comparison_people": len(others)}
    if min(found.values()) < FEWEST:
        return found
    one, other = (side.groupby("stratum")["change"].agg(["size", "mean", "var"]).sort_index()
                  for side in (took, others))  # fmt: skip
    n, m = one["size"].to_numpy(float), other["size"].to_numpy(float)
    value = float(n @ (one["mean"] - other["mean"]).to_numpy() / n.sum())
    parts, below = 0.0, 0.0
    for sizes, variances, factor in ((n, one["var"], n), (m, other["var"], n**2 / m)):
        s2, is_one = variances.to_numpy(float), sizes == 1
        within, freedom = np.nansum(s2 * (sizes - 1)), (sizes - 1).sum()
        pooled = within / freedom if freedom else np.nan
        part = factor * np.where(is_one, pooled, s2)
        parts += part.sum()
        below += (part[~is_one] ** 2 / (sizes[~is_one] - 1)).sum()
        if is_one.any() and freedom:
            below += part[is_one].sum() ** 2 / freedom
    error = np.sqrt(parts) / n.sum()
    df = np.floor(parts**2 / below + 1e-9) if below else np.nan
    half = 0.0 if error == 0 else float(stats.t.ppf(0.975, df)) * error
    return found | {
        "effect": value, "low": value - half, "high": value + half,
        "imbalance": imbalance(took, others),
    }  # fmt: skip


def imbalance(took: pd.DataFrame, others: pd.DataFrame) -> float:
    """Return the largest standardised difference, strata weighed; nan where one is unknown."""
    sizes = others.groupby("stratum")["change"].transform("size")
    weight = others["stratum"].map(took.groupby("stratum").size()) / sizes
    found = []
    for name in BALANCED:
        difference = took[name].mean() - float(weight @ others[name]) / len(took)
        spread = np.sqrt((took[name].var() + others[name].var()) / 2)
        if abs(difference) < 1e-9:
            found.append(0.0)
        else:
            found.append(abs(difference) / spread if spread > 0 else np.nan)
    return float(np.max(found))


def effects(again: Recomputed, runs: pd.DataFrame, took_part: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of each run over all agencies and for each agency that took part."""
    people, trained = described(again), exposed(again)
    frames: dict[tuple[int, int], pd.DataFrame] = {}
    members = dict(list(took_part[[*RUN, "person_key", "agency_code"]].groupby(RUN)))
    found = []
    for run in runs.itertuples():
        before = run.starts_on.year - 1
        after = (run.ends_on + pd.DateOffset(months=3)).year
        if pd.Timestamp(after, 12, 31) > again.last:
            continue
        if (before, after) not in frames:
            both = changes(again, before, after).merge(people, on="person_key")
            frames[before, after] = both.assign(stratum=both.groupby(STRATUM).ngroup())
        everyone = frames[before, after]
        key = tuple(getattr(run, name) for name in RUN)
        if key not in members:
            continue
        took = members[key][["person_key", "agency_code"]].merge(everyone, on="person_key")
        codes = [code.strip() for code in run.competency_codes.split(";")]
        known = set().union(*(trained.get(code, set()) for code in codes))
        others = everyone[~everyone["person_key"].isin(known)]
        for agency, part in [(TOTAL, took), *took.groupby("agency_code")]:
            about = dict(zip([*RUN, "agency_code"], (*key, agency), strict=True))
            found.append(about | effect(part, others))
    columns = [*RUN, "agency_code", "matched_participants", "comparison_people"]
    columns += ["effect", "low", "high", "imbalance"]
    return pd.DataFrame(found, columns=columns)
