"""Satisfaction with services and with the job, and targets against actuals, computed again."""

import numpy as np
import pandas as pd

from recompute.base import Recomputed
from recompute.frames import first, half_up, stacked

ELEMENTS = [f"u{number}" for number in range(1, 10)]
GRADES = [("A", 88.31, "Sangat Baik"), ("B", 76.61, "Baik"), ("C", 65.0, "Kurang Baik"),
          ("D", -np.inf, "Tidak Baik")]  # fmt: skip


def sheets(again: Recomputed) -> pd.DataFrame:
    """Return the answers about services, of each respondent those sent last."""
    rows = again.events("survei_kepuasan_masyarakat", ["agency_code", "respondent_key"])
    rows = rows[rows[ELEMENTS].notna().any(axis=1)]
    rows = rows.rename(columns={"kode_layanan": "service_code", "nama_layanan": "service_name"})
    return rows.astype(dict.fromkeys(ELEMENTS, float))


def year(again: Recomputed, rows: pd.DataFrame, ago: int) -> pd.DataFrame:
    """Return what agencies in force sent for the twelve months to the period, or ``ago`` years
    earlier.
    """
    months = {again.month(12 * ago + number) for number in range(12)}
    return rows[rows["period"].isin(months) & rows["agency_code"].isin(again.in_force)]


def service_year(again: Recomputed, ago: int) -> pd.DataFrame:
    """Return respondents, element means and IKM of each service, agency and the nation."""
    keys = ["agency_code", "service_code"]
    kept = [("agency_code", "service_code"), ("agency_code",), ()]
    grouped = stacked(year(again, sheets(again), ago), keys, kept).groupby(keys)
    means = grouped[ELEMENTS].mean()
    return means.assign(
        respondents=grouped.size(), ikm=means.mean(axis=1) * 25, asked=means.notna().sum(axis=1)
    )


def service(again: Recomputed) -> pd.DataFrame:
    """Return service_satisfaction."""
    found, earlier = service_year(again, 0), service_year(again, 1)
    lowest = found[ELEMENTS].idxmin(axis=1).str.upper()
    shown = half_up(found["ikm"], 2)
    grades = [next(g for g in GRADES if value >= g[1]) for value in shown]
    names = sheets(again).groupby(["agency_code", "service_code", "service_name"]).size()
    names = first(
        names.rename("n").reset_index(), ["agency_code", "service_code"], n=False, service_name=True
    )
    found = found.rename(columns={u: f"nrr_{u}" for u in ELEMENTS}).assign(
        lowest_element=lowest,
        grade=[grade[0] for grade in grades],
        grade_name=[grade[2] for grade in grades],
        ikm_last_year=earlier["ikm"],
        elements_asked=found["asked"],
    )
    found = found.drop(columns="asked").reset_index()
    found = found.merge(names.drop(columns="n"), how="left", on=["agency_code", "service_code"])
    return again.finished(found, ["service_code"])


def job_year(again: Recomputed, ago: int) -> pd.DataFrame:
    """Return answers about the job, reverse items turned."""
    rows = again.events("survei_kepuasan_kerja", ["agency_code", "respondent_key", "butir"])
    rows = year(again, rows, ago)
    points = rows["skor"].astype(float)
    rows = rows.assign(points=points.where(rows["terbalik"] != "Y", 6 - points))
    return rows.dropna(subset=["points"]).assign(sender=rows["agency_code"])


def scores(answers: pd.DataFrame) -> pd.DataFrame:
    """Return respondents and score of each agency and the nation, respondents weighing alike."""
    each = answers.groupby(["sender", "respondent_key"])["points"].mean().reset_index()
    each = each.assign(agency_code=each["sender"])
    grouped = stacked(each, ["agency_code"]).groupby("agency_code")["points"]
    return pd.DataFrame({"respondents": grouped.size(), "score": (grouped.mean() - 1) / 4 * 100})


def alpha(answers: pd.DataFrame) -> pd.Series:
    """Return Cronbach's alpha of the items that half of the sheets answer, over complete sheets."""
    table = answers.pivot(index=["sender", "respondent_key"], columns="butir", values="points")
    kept = table[table.columns[table.notna().mean() >= 0.5]].dropna()
    items, whole = kept.shape[1], kept.sum(axis=1).var(ddof=1)
    value = np.nan
    if items > 1 and whole > 0:
        value = items / (items - 1) * (1 - kept.var(ddof=1).sum() / whole)
    names = ["cronbach_alpha", "alpha_items", "alpha_respondents"]
    return pd.Series([value, items, len(kept)], names)


def job(again: Recomputed) -> pd.DataFrame:
    """Return job_satisfaction."""
    answers = job_year(again, 0)
    found = scores(answers)
    found["score_last_year"] = scores(job_year(again, 1))["score"]
    found["change"] = found["score"] - found["score_last_year"]
    columns = ["sender", "respondent_key", "butir", "points"]
    found = found.join(
        stacked(answers, ["agency_code"]).groupby("agency_code")[columns].apply(alpha)
    )
    return again.finished(found.reset_index(), ["agency_code"])


MARTS = {
    "service_satisfaction": (["agency_code", "service_code"], service),
    "job_satisfaction": (["agency_code"], job),
}
