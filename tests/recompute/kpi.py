"""Targets against actuals, computed again."""

import pandas as pd

from recompute.base import Recomputed
from recompute.effect import changes
from recompute.frames import TOTAL, stacked
from recompute.programs import runs, took_part
from recompute.satisfaction import job, service

TARGETS = {
    "test_score": ("share_of_baseline", 0.20),
    "performance": ("share_of_baseline", 0.15),
    "job_satisfaction": ("points", 10.0),
    "service_satisfaction": ("share_of_baseline", 0.15),
}


def tests(again: Recomputed) -> pd.DataFrame:
    """Return scores before and after of participants with both."""
    rows = again.once(took_part)
    rows = rows[rows["pre"].notna() & rows["post"].notna()]
    return rows[["agency_code"]].assign(before=rows["pre"], after=rows["post"])


def performance(again: Recomputed) -> pd.DataFrame:
    """Return appraisals before and after each participation."""
    rows = again.once(took_part).drop(columns=["starts_on", "ends_on"])
    own = ["program_agency_code", "program_code", "run"]
    rows = rows.merge(again.once(runs)[[*own, "starts_on", "ends_on"]], on=own)
    rows["start"] = rows["starts_on"].dt.year - 1
    rows["end"] = (rows["ends_on"] + pd.DateOffset(months=3)).dt.year
    found = [pd.DataFrame(columns=["agency_code", "before", "after"])]
    for (start, end), part in rows.groupby(["start", "end"]):
        if pd.Timestamp(end, 12, 31) <= again.last:
            both = part.merge(changes(again, start, end), on="person_key")
            both = both.rename(columns={"points_before": "before", "points_after": "after"})
            found.append(both[["agency_code", "before", "after"]])
    return pd.concat(found)


def scorecard(again: Recomputed) -> pd.DataFrame:
    """Return kpi_scorecard: every indicator of every agency and of the nation."""
    measured = []
    for name, rows in (("test_score", tests(again)), ("performance", performance(again))):
        grouped = stacked(rows, ["agency_code"]).astype({"before": float, "after": float})
        grouped = grouped.groupby("agency_code")
        measured.append(
            pd.DataFrame(
                {
                    "cases": grouped.size(),
                    "baseline": grouped["before"].mean(),
                    "actual": grouped["after"].mean(),
                }
            ).reset_index().assign(indicator=name)
        )  # fmt: skip
    services = again.once(service)
    for name, rows, score in (
        ("job_satisfaction", again.once(job), "score"),
        ("service_satisfaction", services[services["service_code"] == TOTAL], "ikm"),
    ):
        columns = {"respondents": "cases", f"{score}_last_year": "baseline", score: "actual"}
        own = rows[["agency_code", *columns]].rename(columns=columns)
        measured.append(own.assign(indicator=name))
    everyone = pd.DataFrame({"agency_code": [*again.in_force, TOTAL]})
    targets = [(name, unit, target) for name, (unit, target) in TARGETS.items()]
    found = everyone.merge(
        pd.DataFrame(targets, columns=["indicator", "unit", "target"]), how="cross"
    )
    known = [part.dropna(axis=1, how="all") for part in measured if len(part)]
    found = found.merge(pd.concat(known), how="left", on=["agency_code", "indicator"])
    difference = found["actual"] - found["baseline"]
    change = difference.where(found["unit"] == "points", difference / found["baseline"])
    met = (change.round(9) >= found["target"]).astype(object)
    found = found.assign(
        change=change, cases=found["cases"].fillna(0), met=met.where(change.notna(), None)
    )
    return again.finished(found, ["agency_code"])


MARTS = {"kpi_scorecard": (["agency_code", "indicator"], scorecard)}
