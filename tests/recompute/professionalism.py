"""The professionalism index of people and agencies, computed again."""

import numpy as np
import pandas as pd

from recompute import facts
from recompute.base import PERSON, Recomputed
from recompute.frames import share, stacked

QUALIFICATION = {
    "50": 25, "49": 25, "47": 20, "45": 20, "42": 15, "40": 15, "35": 15, "30": 10, "25": 5,
    "20": 5, "18": 5, "17": 5, "15": 5, "12": 1, "10": 1, "05": 1,
}  # fmt: skip
SEMINAR, LEADERSHIP, FUNCTIONAL = {"4", "7", "9"}, {"1"}, {"2"}
PERFORMANCE = {1: 30, 2: 25, 3: 15, 4: 5, 5: 1}
WEIGHTS = {"qualification": 25, "competency": 40, "performance": 30, "discipline": 5}
CATEGORIES = [("very_high", 90), ("high", 80), ("medium", 70), ("low", 60), ("very_low", -np.inf)]


def category(index: pd.Series) -> pd.Series:
    """Return the category of each index; the lower bound belongs to the category below."""
    return index.map(lambda value: next((c for c, low in CATEGORIES if value > low), None))


def competency(again: Recomputed) -> pd.Series:
    """Return the points for learning: leadership or functional course ever, 20 hours in a year,
    a seminar in two years.
    """
    done = facts.completed(again)
    day, form = done["completed_on"], done["learning_form"]
    kinds = {
        "seminar": form.isin(SEMINAR) & (day + pd.DateOffset(years=2) > again.last),
        "leadership": form.isin(LEADERSHIP),
        "functional": form.isin(FUNCTIONAL),
    }
    others = ~form.isin(SEMINAR | LEADERSHIP | FUNCTIONAL)
    hours = done[others & (day + pd.DateOffset(years=1) > again.last)]
    hours = hours.groupby("person_key")["hours"].sum()
    people = again.people.set_index("person_key")
    has = {name: people.index.isin(done.loc[rows, "person_key"]) for name, rows in kinds.items()}
    has["technical"] = people.index.isin(hours.index[hours >= 20])
    kind = people["position_type"].astype(str)
    course = np.where(kind == "1", has["leadership"], has["functional"])
    points = np.where(
        kind == "4",
        22.5 * has["technical"] + 17.5 * has["seminar"],
        15 * course + 15 * has["technical"] + 10 * has["seminar"],
    )
    told = people["agency_code"].isin(again.senders("peserta_pelatihan", again.month(11)))
    known = told | people.index.isin(done["person_key"])
    return pd.Series(points, people.index).where(known)


def performance(again: Recomputed) -> pd.Series:
    """Return the points for the last predicate of two years; 0 for none where appraisals come."""
    rows = again.appraisals[again.appraisals["predicate"].notna()]
    rows = rows[rows["ended_on"] + pd.DateOffset(years=2) >= again.last]
    last = rows.sort_values("year").drop_duplicates("person_key", keep="last")
    people = again.people.set_index("person_key")
    points = last.set_index("person_key")["predicate"].map(PERFORMANCE).reindex(people.index)
    told = people["agency_code"].isin(again.senders("kinerja", again.month(23)))
    return points.fillna(points.where(~told, 0))


def discipline(again: Recomputed) -> pd.Series:
    """Return 5 for no sanction in five years, less by the gravest; null where nobody tells."""
    rows = again.sanctions
    recent = rows[rows["tanggal_mulai"] + pd.DateOffset(years=5) > again.last]
    points = recent["tingkat"].map({"R": 3, "S": 2, "B": 1}).groupby(recent["person_key"]).min()
    people = again.people.set_index("person_key")
    told = people["agency_code"].isin(again.senders("hukuman_disiplin"))
    known = told | people.index.isin(rows["person_key"])
    return points.reindex(people.index).fillna(5).where(known)


def person(again: Recomputed) -> pd.DataFrame:
    """Return professionalism_person: PNS only have points."""
    people = again.people.set_index("person_key", drop=False)
    points = pd.DataFrame(
        {
            "qualification": people["education_code"].map(QUALIFICATION),
            "competency": competency(again),
            "performance": performance(again),
            "discipline": discipline(again),
        }
    ).where(people["employment_status"] == "PNS")
    rows = people[[*PERSON, "is_carried_forward"]].join(points)
    index = points.sum(axis=1, skipna=False)
    rows = rows.assign(
        ip_asn=index,
        category=category(index),
        is_measured=index.notna(),
        is_estimate=True,
        **{f"{name}_weight": weight for name, weight in WEIGHTS.items()},
    )
    return again.finished(rows.reset_index(drop=True))


def index(again: Recomputed) -> pd.DataFrame:
    """Return professionalism_index: means over those measured in all four dimensions."""
    rows = again.once(person).copy()
    names = list(WEIGHTS)
    rows[names] = rows[names].where(rows["is_measured"])
    for name, _ in CATEGORIES:
        rows[name] = rows["category"] == name
    keys = ["agency_code", "employment_status"]
    grouped = stacked(rows, keys).groupby(keys)
    found = grouped.agg(
        people=("person_key", "size"),
        measured=("is_measured", "sum"),
        is_carried_forward=("is_carried_forward", "any"),
    )
    found = found.join(grouped[["ip_asn", *names]].mean())
    found = found.join(grouped[[name for name, _ in CATEGORIES]].sum())
    found["category"] = category(found["ip_asn"])
    found["measured_share"] = share(found["measured"], found["people"])
    return again.finished(found.assign(is_estimate=True).reset_index(), keys)


MARTS = {
    "professionalism_person": (["person_key"], person),
    "professionalism_index": (["agency_code", "employment_status"], index),
}
