"""Gaps, job-person match, fit and coverage of assessments, computed again."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recompute.base import NINE, PERSON, Recomputed
from recompute.frames import TOTAL, first, is_total, share, stacked, subsets

METHODS = ["ASSESSMENT_CENTER", "CACT", "SIMULASI", "WAWANCARA", "STUDI_KASUS", "PORTOFOLIO"]
CATEGORIES = {
    "PEMETAAN": ("jpm_mapping", [("O", 90), ("CO", 78), ("KO", -np.inf)]),
    "PENGISIAN_JABATAN": ("jpm_selection", [("MS", 80), ("MMS", 68), ("KMS", -np.inf)]),
}


def severity(gap: pd.Series) -> pd.Series:
    """Return the words for gaps."""
    return pd.Series(
        np.select(
            [gap.isna(), gap >= 0, gap == -1, gap == -2],
            ["unassessed", "met", "mild", "moderate"],
            "severe",
        ),
        gap.index,
    )


def gap_person(again: Recomputed) -> pd.DataFrame:
    """Return competency_gap_person."""
    rows = again.gaps.assign(severity=severity(again.gaps["gap"]))
    columns = [
        *PERSON, "family", "competency_code", "required_level", "is_default_standard",
        "achieved_level", "gap", "severity", "assessed_on", "valid_until", "method", "purpose",
        "is_carried_forward",
    ]  # fmt: skip
    return again.finished(rows[columns])


def gap_rows(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return what every aggregate of gaps holds, one row for each key that occurs."""
    rows = rows.assign(
        severity=severity(rows["gap"]), known=rows["required_level"].where(rows["gap"].notna())
    )
    for word in ("met", "mild", "moderate", "severe"):
        rows[word] = rows["severity"] == word
    grouped = rows.groupby(keys, as_index=False).agg(
        people=("person_key", "nunique"),
        requirements=("person_key", "size"),
        assessed=("gap", "count"),
        required_mean=("required_level", "mean"),
        achieved_mean=("achieved_level", "mean"),
        gap_mean=("gap", "mean"),
        met=("met", "sum"), mild=("mild", "sum"),
        moderate=("moderate", "sum"), severe=("severe", "sum"),
        default_standard_share=("is_default_standard", "mean"),
        is_carried_forward=("is_carried_forward", "any"),
    )  # fmt: skip
    grouped["coverage"] = share(grouped["assessed"], grouped["requirements"])
    grouped["met_share"] = share(grouped["met"], grouped["assessed"])
    return grouped


def _gap_cells(again: Recomputed, agency: list[str]) -> pd.DataFrame:
    keys = [*agency, "family", "competency_code", "position_level"]
    # A competency is of one family, so a row of a competency always names its family.
    kept = [
        (*agency, *some) for some in subsets(keys[len(agency) :])
        if "competency_code" not in some or "family" in some
    ]  # fmt: skip
    rows = gap_rows(stacked(again.gaps, keys, kept), keys)
    rows["competency_name"] = again.competency_name(rows["competency_code"])
    rows = again.finished(rows)
    return rows.assign(is_total=is_total(rows, keys[len(agency) + 1 :]))


def gap_agency(again: Recomputed) -> pd.DataFrame:
    """Return competency_gap_agency."""
    return _gap_cells(again, ["agency_code"])


def gap_national(again: Recomputed) -> pd.DataFrame:
    """Return competency_gap_national."""
    return _gap_cells(again, [])


def gap_field(again: Recomputed) -> pd.DataFrame:
    """Return competency_gap_field."""
    keys = ["agency_code", "job_family", "family"]
    return again.finished(gap_rows(stacked(again.gaps, keys), keys), keys)


def match(again: Recomputed) -> pd.DataFrame:
    """Return job_person_match."""
    gaps = again.gaps
    nine = gaps[gaps["competency_code"].isin(NINE)]
    known = nine[nine["gap"].notna()]
    technical = gaps[(gaps["family"] == "technical") & gaps["gap"].notna()]
    latest = first(known, ["person_key"], assessed_on=False, purpose=False)
    latest = latest.set_index("person_key")
    sums = known.groupby("person_key")[["achieved_level", "required_level"]].sum()
    skills = technical.groupby("person_key")[["achieved_level", "required_level"]].sum()
    people = again.people.set_index("person_key", drop=False)
    count, needed = (part.groupby("person_key").size().reindex(people.index, fill_value=0)
                     for part in (known, nine))  # fmt: skip
    jpm = share(100 * sums["achieved_level"], sums["required_level"]).reindex(people.index)
    jpm = jpm.where(count == len(NINE))
    purpose = latest["purpose"].reindex(people.index)
    rows = people[PERSON].assign(
        jpm=jpm,
        jpm_technical=share(100 * skills["achieved_level"], skills["required_level"]),
        is_partial=(count > 0) & (count < needed),
        competencies_assessed=count,
        competencies_required=needed,
        assessed_on=latest["assessed_on"].reindex(people.index),
        purpose=purpose,
        category_set=[
            None if pd.isna(value) else CATEGORIES[why][0]
            for value, why in zip(jpm, purpose, strict=True)
        ],
        category=[
            None if pd.isna(value) else next(c for c, low in CATEGORIES[why][1] if value >= low)
            for value, why in zip(jpm, purpose, strict=True)
        ],
        is_default_standard=nine.groupby("person_key")["is_default_standard"].any(),
        is_carried_forward=people["is_carried_forward"]
        | gaps.groupby("person_key")["is_carried_forward"].any().reindex(people.index).eq(True),
    )
    return again.finished(rows.reset_index(drop=True))


def fit(again: Recomputed) -> pd.DataFrame:
    """Return position_fit."""
    keys = ["agency_code", "position_level"]
    rows = again.once(match)
    sets = {"mapping": ["O", "CO", "KO"], "selection": ["MS", "MMS", "KMS"]}
    for name in sets:
        rows = rows.assign(
            **{f"jpm_{name}": rows["jpm"].where(rows["category_set"] == f"jpm_{name}")}
        )
    grouped = stacked(rows, keys).groupby(keys)
    jpm = grouped["jpm"]
    found = grouped.agg(
        people=("person_key", "size"),
        assessed=("jpm", "count"),
        partially_assessed=("is_partial", "sum"),
        jpm_mean=("jpm", "mean"),
        jpm_mean_mapping=("jpm_mapping", "mean"),
        jpm_mean_selection=("jpm_selection", "mean"),
        jpm_median=("jpm", "median"),
        overqualified=("jpm", lambda values: int((values > 110).sum())),
        is_carried_forward=("is_carried_forward", "any"),
    )
    found = found.assign(jpm_p10=jpm.quantile(0.1), jpm_p90=jpm.quantile(0.9))
    found["coverage"] = share(found["assessed"], found["people"])
    found["overqualified_share"] = share(found["overqualified"], found["assessed"])
    for name, categories in sets.items():
        found[f"{name}_assessed"] = grouped[f"jpm_{name}"].count()
        for code in categories:
            column = f"{name}_{code.lower()}"
            found[column] = grouped["category"].agg(lambda c, code=code: int((c == code).sum()))
            found[f"{column}_share"] = share(found[column], found[f"{name}_assessed"])
    return again.finished(found.reset_index(), keys)


def coverage(again: Recomputed) -> pd.DataFrame:
    """Return assessment_coverage."""
    results = again.assessments[again.assessments["competency_code"].isin(NINE)]
    people = again.people[["person_key", "agency_code", "position_level", "is_carried_forward"]]
    found = []
    for method in [*METHODS, TOTAL]:
        known = results if method == TOTAL else results[results["method"] == method]
        until = known[known["is_valid"]].groupby(["person_key", "competency_code"])["valid_until"]
        until = until.max().groupby("person_key").agg(["min", "size"])
        is_known = people["person_key"].isin(known["person_key"])
        valid = people["person_key"].map(until["size"]).fillna(0)
        soonest = people["person_key"].map(until["min"])
        found.append(
            people.assign(
                method=method,
                assessed=valid > 0,
                fully_assessed=valid == len(NINE),
                expired=is_known & (valid == 0),
                never_assessed=~is_known,
                **_expiring(again, soonest),
            )
        )
    keys = ["agency_code", "position_level", "method"]
    kept = [(*some, "method") for some in subsets(keys[:2])]
    rows = stacked(pd.concat(found), keys, kept).groupby(keys, as_index=False)
    measured = rows.agg(people=("person_key", "size")).merge(
        rows[_counted()].sum().merge(rows["is_carried_forward"].any())
    )
    measured["coverage"] = share(measured["assessed"], measured["people"])
    measured["full_coverage"] = share(measured["fully_assessed"], measured["people"])
    return again.finished(measured, keys)


def _expiring(again: Recomputed, soonest: pd.Series) -> dict[str, pd.Series]:
    ends = {months: again.last + pd.offsets.MonthEnd(months) for months in (3, 6, 12)}
    return {f"expiring_{months}_months": soonest <= end for months, end in ends.items()}


def _counted() -> Sequence[str]:
    return [
        "assessed", "fully_assessed", "expired", "never_assessed",
        "expiring_3_months", "expiring_6_months", "expiring_12_months",
    ]  # fmt: skip


MARTS = {
    "competency_gap_person": (["person_key", "competency_code"], gap_person),
    "competency_gap_agency": (
        ["agency_code", "family", "competency_code", "position_level"], gap_agency
    ),
    "competency_gap_national": (["family", "competency_code", "position_level"], gap_national),
    "competency_gap_field": (["agency_code", "job_family", "family"], gap_field),
    "job_person_match": (["person_key"], match),
    "position_fit": (["agency_code", "position_level"], fit),
    "assessment_coverage": (["agency_code", "position_level", "method"], coverage),
}  # fmt: skip
