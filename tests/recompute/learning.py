"""Hours of learning and access to it, computed again."""

import pandas as pd

from recompute import facts
from recompute.base import UNKNOWN, Recomputed
from recompute.frames import share, stacked

FORMS = [
    "classical", "e_learning", "on_the_job", "mentoring_coaching", "community",
    "other_nonclassical", "seminar",
]  # fmt: skip


def person_year(again: Recomputed) -> pd.DataFrame:
    """Return everyone with the hours of the calendar year so far, null where nobody told."""
    done = facts.completed(again)
    done = done[done["completed_on"] >= pd.Timestamp(again.year, 1, 1)]
    hours = done.pivot_table(
        index="person_key", columns="form_group", values="hours", aggfunc="sum", fill_value=0.0
    ).reindex(columns=FORMS, fill_value=0.0)
    people = again.people
    told = people["agency_code"].isin(
        again.senders("peserta_pelatihan", f"{again.year}-01", again.period)
    )
    is_reported = told | people["person_key"].isin(hours.index)
    own = hours.reindex(people["person_key"], fill_value=0.0).set_index(people.index)
    own = own.where(is_reported)
    return pd.concat([people, own], axis=1).assign(
        is_reported=is_reported, hours=own.sum(axis=1, min_count=1)
    )


def hours(again: Recomputed) -> pd.DataFrame:
    """Return learning_hours: PNS have a floor of 20 hours, PPPK a ceiling of 24."""
    rows = again.once(person_year)
    is_floor = rows["is_reported"] & (rows["employment_status"] == "PNS")
    is_ceiling = rows["is_reported"] & rows["employment_status"].isin(["PPPK", "PPPK_PARUH_WAKTU"])
    rows = rows.assign(
        is_floor=is_floor,
        is_ceiling=is_ceiling,
        reached=is_floor & (rows["hours"] >= 20),
        over=is_ceiling & (rows["hours"] > 24),
        nothing=rows["hours"] == 0,
    )
    keys = ["agency_code", "employment_status", "position_level"]
    grouped = stacked(rows, keys).groupby(keys)
    found = grouped.agg(
        people=("person_key", "size"),
        people_reported=("is_reported", "sum"),
        hours_mean=("hours", "mean"),
        hours_median=("hours", "median"),
        floor_people=("is_floor", "sum"),
        reached_20=("reached", "sum"),
        ceiling_people=("is_ceiling", "sum"),
        over_24=("over", "sum"),
        no_learning=("nothing", "sum"),
        is_carried_forward=("is_carried_forward", "any"),
    )
    sums = grouped[["hours", *FORMS]].sum(min_count=1)
    found = found.join(sums.rename(columns={"hours": "hours_total"}))
    whole = {
        "reached_20": "floor_people",
        "over_24": "ceiling_people",
        "no_learning": "people_reported",
    }
    for part, people in whole.items():
        found[f"{part}_share"] = share(found[part], found[people])
        found[part] = found[part].where(found[people] > 0)
    return again.finished(found.reset_index(), keys)


def access(again: Recomputed) -> pd.DataFrame:
    """Return learning_access."""
    rows = again.once(person_year)
    remote = rows["is_remote_region"].map({True: "remote", False: "other"})
    rows = rows.assign(
        region_class=remote.fillna("unknown"),
        province_code=rows["province_code"].fillna(UNKNOWN),
        learned=rows["hours"] > 0,
        online=rows["e_learning"] > 0,
    )
    keys = ["region_class", "province_code"]
    grouped = stacked(rows, keys).groupby(keys)
    found = grouped.agg(
        people=("person_key", "size"),
        people_reported=("is_reported", "sum"),
        with_learning=("learned", "sum"),
        with_e_learning=("online", "sum"),
        hours_mean=("hours", "mean"),
        is_carried_forward=("is_carried_forward", "any"),
    )
    found["hours_total"] = grouped["hours"].sum(min_count=1)
    found["hours_e_learning"] = grouped["e_learning"].sum(min_count=1)
    found["with_learning_share"] = share(found["with_learning"], found["people_reported"])
    found["e_learning_share"] = share(found["hours_e_learning"], found["hours_total"])
    for count in ("with_learning", "with_e_learning"):
        found[count] = found[count].where(found["people_reported"] > 0)
    return again.finished(found.reset_index(), keys)


MARTS = {
    "learning_hours": (["agency_code", "employment_status", "position_level"], hours),
    "learning_access": (["region_class", "province_code"], access),
}
