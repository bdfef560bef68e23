"""Succession of strategic positions and readiness for promotion, computed again."""

import itertools

import numpy as np
import pandas as pd

from recompute.base import DEFAULT_LEVEL, LADDERS, NINE, PERSON, PLACE, SEAT, STEP, Recomputed
from recompute.careers import level_starts
from recompute.frames import TOTAL, share, stacked
from recompute.talent import pool

NEXT = {low: high for ladder in LADDERS for low, high in itertools.pairwise(ladder)}
BLOCKERS = ["performance", "assessment_missing", "jpm", "discipline", "box"]
READINESS = ["now", "soon", "not_ready", "unassessed"]


def nine_levels(again: Recomputed) -> pd.Series:
    """Return the sum of the nine levels achieved by those who are validly assessed in all."""
    rows = again.latest(again.last)
    rows = rows[rows["competency_code"].isin(NINE)].groupby("person_key")["achieved_level"]
    return rows.sum()[rows.size() == len(NINE)]


def strategic(again: Recomputed) -> pd.DataFrame:
    """Return strategic positions with their holders and the sum of the nine levels they demand."""
    rows = again.positions[again.positions["is_strategic"]]
    columns = [*SEAT, "position_name", "position_level", "job_family", "needed"]
    rows = rows[[*columns, "is_carried_forward"]].rename(
        columns={"is_carried_forward": "is_old_list"}
    )
    holders = again.people.groupby(SEAT).agg(
        incumbents=("person_key", "size"),
        incumbent_retires_within_months=("months_to_retirement", "min"),
        is_old_roster=("is_carried_forward", "any"),
    )
    rows = rows.merge(holders.reset_index(), how="left", on=SEAT)
    nine = again.requirements[again.requirements["competency_code"].isin(NINE)]
    demands = nine.groupby(PLACE).agg(
        demanded=("required_level", "sum"), is_default_standard=("is_default_standard", "any")
    )
    rows = rows.merge(demands.reset_index(), how="left", on=PLACE)
    return rows.assign(
        incumbents=rows["incumbents"].fillna(0),
        is_carried_forward=rows.pop("is_old_list") | rows.pop("is_old_roster").eq(True),
    )


def successors(again: Recomputed) -> pd.DataFrame:
    """Return who of the talent pool may succeed: of the agency and level, or one level below."""
    talents = again.once(pool)
    talents = talents[talents["in_talent_pool"]].assign(
        achieved=talents["person_key"].map(nine_levels(again))
    )
    columns = [name for name in PERSON if name not in PLACE + SEAT]
    columns += ["agency_code", "box", "talent_score", "achieved"]
    own = {
        "position_level": "held_position_level", "position_code": "held_position_code",
        "unit_code": "held_unit_code", "is_carried_forward": "is_old_person",
    }  # fmt: skip
    rows = strategic(again).merge(
        talents[[*columns, *own]].rename(columns=own), on="agency_code"
    )  # fmt: skip
    target, held = rows["position_level"].map(STEP), rows["held_position_level"].map(STEP)
    below = target.str[1] - held.str[1]
    is_there = (rows["held_position_code"] == rows["position_code"]) & (
        rows["held_unit_code"] == rows["unit_code"]
    )
    rows = rows[(target.str[0] == held.str[0]) & below.isin([0, 1]) & ~is_there]
    jpm = share(100 * rows["achieved"], rows["demanded"])
    state = np.select([jpm >= 80, jpm >= 68, jpm.notna()], [0, 1, 2], 3)
    return rows.assign(
        jpm_target=jpm,
        state=state,
        readiness=np.array(READINESS)[state],
        is_carried_forward=rows["is_carried_forward"] | rows["is_old_person"],
    )


def bench(again: Recomputed) -> pd.DataFrame:
    """Return succession_bench."""
    found = again.once(successors)
    counts = found.assign(now=found["state"] == 0, soon=found["state"] == 1).groupby(SEAT)
    counts = counts.agg(
        candidates=("person_key", "size"),
        ready_now=("now", "sum"),
        ready_soon=("soon", "sum"),
        is_old_candidate=("is_carried_forward", "any"),
    )
    rows = strategic(again).merge(counts.reset_index(), how="left", on=SEAT)
    numbers = ["candidates", "ready_now", "ready_soon"]
    rows[numbers] = rows[numbers].fillna(0)
    vacant = (rows["incumbents"] == 0) & (rows["needed"] > 0)
    nobody = rows["ready_now"] + rows["ready_soon"] == 0
    words = ["vacant", "no_successor", "thin"]
    rows = rows.assign(
        bench_strength=rows["ready_now"] + 0.5 * rows["ready_soon"],
        risk=np.select([vacant, nobody, rows["ready_now"] < 2], words, "covered"),
        is_carried_forward=rows["is_carried_forward"] | rows.pop("is_old_candidate").eq(True),
    )
    return again.finished(rows.drop(columns="demanded"))


def candidates(again: Recomputed) -> pd.DataFrame:
    """Return succession_candidate: the ten first of each position and what still blocks them."""
    rows = again.once(successors).sort_values(
        ["state", "talent_score", "jpm_target", "person_key"], ascending=[True, False, False, True]
    )
    rows["rank"] = rows.groupby(SEAT).cumcount() + 1
    rows = rows[rows["rank"] <= 10]
    demanded = again.requirements[[*PLACE, "competency_code", "required_level"]]
    results = again.latest(again.last)[["person_key", "competency_code", "achieved_level"]]
    gaps = rows[[*PLACE, "unit_code", "person_key"]].merge(demanded, on=PLACE)
    gaps = gaps.merge(results, on=["person_key", "competency_code"])
    gaps = gaps[gaps["achieved_level"] < gaps["required_level"]].sort_values("competency_code")
    gaps = gaps.groupby([*SEAT, "person_key"])["competency_code"].agg(["size", ";".join])
    rows = rows.merge(gaps.reset_index(), how="left", on=[*SEAT, "person_key"])
    rows = rows.rename(columns={"join": "blocking_gaps"}).assign(
        blocking_gap_count=rows["size"].fillna(0)
    )
    columns = [
        *PERSON, "rank", "held_position_level", "held_position_code",
        "held_unit_code", "box", "talent_score", "jpm_target", "readiness", "blocking_gap_count",
        "blocking_gaps", "is_carried_forward",
    ]  # fmt: skip
    return again.finished(rows[columns])


def appraised_well(again: Recomputed) -> pd.Series:
    """Return by person whether the last two yearly predicates of three years are at least Baik."""
    rows = again.appraisals[again.appraisals["predicate"].notna()]
    rows = rows.sort_values("year", ascending=False)
    last = rows[rows.groupby("person_key").cumcount() < 2].groupby("person_key")["predicate"]
    return (last.size() == 2) & (last.max() <= 2)


def readiness(again: Recomputed) -> pd.DataFrame:
    """Return promotion_readiness; blockers are those of people two years in their level."""
    people = again.people[again.people["position_level"].isin(NEXT)]
    keys = people["person_key"]
    since = again.last - pd.DateOffset(years=1)
    punished = again.sanctions.loc[again.sanctions["ends_on"] > since, "person_key"]
    needed = people["position_level"].map(NEXT).map(DEFAULT_LEVEL) * len(NINE)
    jpm = share(100 * keys.map(nine_levels(again)), needed)
    boxed = again.once(pool)
    boxed = boxed.loc[boxed["in_talent_pool"], "person_key"]
    blocks = {
        "performance": ~keys.map(appraised_well(again)).eq(True),
        "assessment_missing": jpm.isna(),
        "jpm": jpm < 80,
        "discipline": keys.isin(punished),
        "box": ~keys.isin(boxed),
    }
    tenured = keys.map(level_starts(again)) + pd.DateOffset(years=2) <= again.last
    eligible = tenured & ~blocks["performance"] & ~blocks["discipline"]
    rows = people.assign(
        tenured=tenured,
        eligible=eligible,
        ready=eligible & ~np.logical_or.reduce(list(blocks.values())),
        **{f"blocked_{name}": tenured & is_so for name, is_so in blocks.items()},
    )
    group = ["agency_code", "position_level"]
    counts = ["tenured", "eligible", "ready", *(f"blocked_{name}" for name in BLOCKERS)]
    grouped = stacked(rows, group).groupby(group)
    found = grouped[counts].sum().assign(
        people=grouped.size(), is_carried_forward=grouped["is_carried_forward"].any()
    )  # fmt: skip
    blocked = found[[f"blocked_{name}" for name in BLOCKERS]]
    most = blocked.idxmax(axis=1).str.removeprefix("blocked_")
    found = found.assign(
        eligible_share=share(found["eligible"], found["people"]),
        ready_share=share(found["ready"], found["people"]),
        most_frequent_blocker=most.where(blocked.max(axis=1) > 0),
    ).reset_index()
    found["next_level"] = found["position_level"].map(NEXT | {TOTAL: None})
    return again.finished(found, group)


MARTS = {
    "succession_bench": (SEAT, bench),
    "succession_candidate": ([*SEAT, "rank"], candidates),
    "promotion_readiness": (["agency_code", "position_level"], readiness),
}
