"""Moves, years in level and the spread of competence between units, computed again."""

import pandas as pd

from recompute.base import NINE, PLACE, Recomputed
from recompute.frames import first, share, stacked

CHANGES = ["PENGANGKATAN", "PROMOSI", "DEMOSI", "MUTASI", "ROTASI"]
KINDS = ["promotions", "rotations", "transfers_in", "transfers_out", "demotions"]
KEYS = ["agency_code", "position_level"]


def level_starts(again: Recomputed) -> pd.Series:
    """Return the day since which each person has been in the present level."""
    moves = again.moves.merge(again.people[["person_key", "position_level"]], on="person_key")
    kind, came, to = (moves[name] for name in ("jenis_perubahan", "jenjang_asal", "jenjang_tujuan"))
    entered = came.isna() & kind.isin(CHANGES[:3])
    changed = came.notna() & (came != to) & kind.isin(CHANGES)
    own = moves[(to == moves["position_level"]) & (entered | changed)]
    people = again.people.set_index("person_key")
    last = own.groupby("person_key")["tmt"].max().reindex(people.index)
    return last.fillna(people["position_started_on"])


def moves_of_year(again: Recomputed) -> pd.DataFrame:
    """Return this year's moves once each, with agency, kind and the level they led to or from."""
    rows = again.moves[again.moves["tmt"] >= pd.Timestamp(again.year, 1, 1)]
    kind, target = rows["jenis_perubahan"], rows["instansi_tujuan"]
    left = (kind == "MUTASI") & target.notna()
    inside = kind.isin(["PROMOSI", "DEMOSI", "ROTASI"]) | ((kind == "MUTASI") & target.isna())
    to = rows.rename(columns={"jenjang_tujuan": "position_level"})
    names = kind.map({"PROMOSI": "promotions", "DEMOSI": "demotions"}).fillna("rotations")
    out = rows[left & (target != rows["agency_code"])]
    found = pd.concat(
        [
            to[inside].assign(kind=names),
            to[left].assign(kind="transfers_in", agency_code=target),
            out.assign(
                kind="transfers_out",
                position_level=out["jenjang_asal"].fillna(out["jenjang_tujuan"]),
            ),
        ]
    )
    key = ["agency_code", "person_key", "tmt", "kind"]
    found = found.groupby(key, as_index=False)["position_level"].max()
    own = again.people.set_index("person_key")["position_level"]
    level = found["position_level"].fillna(found["person_key"].map(own))
    return found[found["agency_code"].isin(again.in_force)].assign(position_level=level)


def matches(again: Recomputed, day: pd.Timestamp) -> pd.Series:
    """Return everybody's JPM by the results valid on ``day`` against today's standards."""
    results = again.latest(day)
    results = results[results["competency_code"].isin(NINE)].groupby("person_key")
    achieved = results["achieved_level"].sum()[results.size() == len(NINE)]
    nine = again.requirements[again.requirements["competency_code"].isin(NINE)]
    needed = nine.groupby(PLACE)["required_level"].sum().rename("needed").reset_index()
    people = again.people.merge(needed, on=PLACE).set_index("person_key")
    return share(100 * achieved.reindex(people.index), people["needed"]).dropna()


def units_on(again: Recomputed, day: pd.Timestamp) -> pd.Series:
    """Return the unit of each person on ``day``; null where nobody tells."""
    moves = again.moves[again.moves["jenis_perubahan"].isin(CHANGES)]
    since = moves.loc[moves["tmt"] > day, "person_key"]
    before = first(
        moves[moves["tmt"] <= day], ["person_key"],
        tmt=False, jenis_perubahan=True, agency_code=True,
    )  # fmt: skip
    before = before.set_index("person_key")
    people = again.people.set_index("person_key")
    told = before["kode_unor_tujuan"].reindex(people.index)
    told = told.where(before["agency_code"].reindex(people.index) == people["agency_code"])
    return people["unit_code"].where(~people.index.isin(since), told)


def spread(again: Recomputed, day: pd.Timestamp) -> pd.DataFrame:
    """Return number and deviation of the mean JPM of units in every group."""
    keys = again.people["person_key"]
    rows = again.people.assign(
        jpm=keys.map(matches(again, day)), unit=keys.map(units_on(again, day)),
        owner=again.people["agency_code"],
    )  # fmt: skip
    rows = stacked(rows[rows["jpm"].notna() & rows["unit"].notna()], KEYS)
    means = rows.groupby([*KEYS, "owner", "unit"])["jpm"].mean()
    return means.groupby(level=KEYS).agg(["size", "std"])


def mobility(again: Recomputed) -> pd.DataFrame:
    """Return career_mobility."""
    reported = again.senders("riwayat_jabatan", f"{again.year}-01", again.period)
    start = again.people["person_key"].map(level_starts(again))
    rows = again.people.assign(
        is_reported=again.people["agency_code"].isin(reported),
        days=(again.last - start).dt.days,
        stalled=start + pd.DateOffset(years=10) < again.last,
    )
    found = stacked(rows, KEYS).groupby(KEYS).agg(
        people=("person_key", "size"),
        people_reported=("is_reported", "sum"),
        days=("days", "median"),
        stalled=("stalled", "sum"),
        is_carried_forward=("is_carried_forward", "any"),
    )  # fmt: skip
    moved = moves_of_year(again)
    moved = stacked(moved[moved["agency_code"].isin(reported)], KEYS)
    counts = moved.groupby([*KEYS, "kind"]).size().unstack("kind")
    told = found["people_reported"] > 0
    for kind in KINDS:
        count = counts[kind].reindex(found.index) if kind in counts else 0
        found[kind] = pd.Series(count, found.index).fillna(0).where(told)
        found[f"{kind}_per_1000"] = 1000 * share(found[kind], found["people_reported"])
    past = again.last - pd.DateOffset(years=1) + pd.offsets.MonthEnd(0)
    now = spread(again, again.last)
    found = found.assign(
        median_years_in_level=found.pop("days") / 365.25,
        stalled_share=share(found["stalled"], found["people"]),
        units_compared=now["size"],
        competence_spread=now["std"],
        competence_spread_year_ago=spread(again, past)["std"],
    ).reset_index()
    found["units_compared"] = found["units_compared"].fillna(0)
    return again.finished(found, KEYS)


MARTS = {"career_mobility": (KEYS, mobility)}
