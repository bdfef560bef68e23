"""Training needs and the programmes of others that would serve them, computed again."""

import pandas as pd

from recompute.base import Recomputed, family
from recompute.frames import TOTAL, first, half_up, share, stacked
from recompute.programs import effectiveness

KEYS = ["agency_code", "competency_code", "position_level"]
KEPT = [tuple(KEYS), tuple(KEYS[:2]), tuple(KEYS[1:]), (KEYS[1],)]
STRUCTURED = {"managerial": "5", "sociocultural": "6", "technical": "3", "digital": "3"}
OFFER = [
    "program_agency_code", "program_code", "run", "program_name", "learning_form", "form_group",
    "evidence", "gain_mean", "gain_ci_low", "gain_ci_high", "effect_size", "cost_per_participant",
]  # fmt: skip


def needs(again: Recomputed) -> pd.DataFrame:
    """Return people with a gap and places planned, by agency, competency and level."""
    short = again.gaps[again.gaps["gap"] < 0]
    short = short.assign(
        missing=-short["gap"],
        is_severe=short["gap"] <= -3,
        is_strategic=short["is_strategic"].astype(bool),
    )
    found = short.groupby(KEYS).agg(
        people_with_gap=("person_key", "size"),
        total_gap=("missing", "sum"),
        severe_people=("is_severe", "sum"),
        strategic_people=("is_strategic", "sum"),
        is_old_gap=("is_carried_forward", "any"),
    )
    plan = again.rows("rencana_pengembangan").rename(
        columns={"kode_kompetensi": "competency_code", "jenjang_jabatan": "position_level"}
    )
    plan = plan[(plan["tahun"] == again.year) & plan["agency_code"].isin(again.in_force)]
    plan = plan.assign(hours=plan["target_peserta"] * plan["target_jp"])
    planned = plan.groupby(KEYS).agg(
        planned_participants=("target_peserta", "sum"),
        planned_hours=("hours", "sum"),
        is_old_plan=("is_carried_forward", "any"),
    )
    rows = found.join(planned, how="outer").reset_index()
    counts = ["people_with_gap", "total_gap", "severe_people", "strategic_people"]
    rows[counts] = rows[counts].fillna(0)
    has_plan = rows["agency_code"].isin(plan["agency_code"])
    for name in ("planned_participants", "planned_hours"):
        rows[name] = rows[name].fillna(0).where(has_plan)
    return rows.assign(
        unmet_people=(rows["people_with_gap"] - rows["planned_participants"]).clip(lower=0),
        is_carried_forward=rows.pop("is_old_gap").eq(True) | rows.pop("is_old_plan").eq(True),
    )


def priorities(rows: pd.DataFrame) -> pd.DataFrame:
    """Return score and rank of each need among those of its agency."""
    rows = rows[rows["people_with_gap"] > 0]
    people = rows["people_with_gap"]
    respects = {
        "people": (people, 40),
        "depth": (rows["total_gap"] / people, 30),
        "strategic": (rows["strategic_people"] / people, 20),
        "unplanned": (rows["unmet_people"] / people, 10),
    }
    score, weights = 0.0, 0.0
    for name, (value, weight) in respects.items():
        place = value.groupby(rows["agency_code"]).rank(method="max", pct=True)
        if name in ("strategic", "unplanned"):
            place = place.where(value != 0, 0.0)
        score = score + weight * place.fillna(0)
        weights = weights + weight * value.notna()
    found = rows.assign(priority_score=half_up(100 * score / weights, 8))
    found = found.sort_values(
        ["priority_score", "people_with_gap", "total_gap", "competency_code", "position_level"],
        ascending=[False, False, False, True, True],
    )
    found["priority_rank"] = found.groupby("agency_code").cumcount() + 1
    return found[[*KEYS, "priority_score", "priority_rank"]]


def offers(again: Recomputed) -> pd.DataFrame:
    """Return programmes that help by at least moderate evidence, once for each competency."""
    rows = again.once(effectiveness)
    rows = rows[rows["agency_code"] == TOTAL]
    helps = (rows["evidence"] == "strong") & (rows["performance_effect"] > 0)
    helps &= ~(rows["gain_mean"] <= 0)
    teaches = (rows["evidence"] == "moderate") & (rows["gain_mean"] > 0)
    teaches &= ~(rows["performance_effect_ci_high"] <= 0)
    rows = rows[helps | teaches].assign(is_weaker=lambda f: f["evidence"] != "strong")
    rows = rows.assign(size=-rows["effect_size"].fillna(-1e9))
    rows = first(
        rows, ["program_agency_code", "program_code"],
        is_weaker=True, size=True, ends_on=False, run=True,
    )  # fmt: skip
    rows = rows.assign(competency_code=rows["competency_codes"].str.split(";"))
    rows = rows.explode("competency_code")
    rows["competency_code"] = rows["competency_code"].str.strip()
    return rows.drop_duplicates(["program_agency_code", "program_code", "competency_code"])


def training_need(again: Recomputed) -> pd.DataFrame:
    """Return training_need; a form with evidence comes before one by depth of the gap."""
    cells = needs(again)
    rolled = stacked(cells, KEYS, KEPT).groupby(KEYS)
    sums = ["people_with_gap", "total_gap", "severe_people", "strategic_people"]
    plans = ["planned_participants", "planned_hours", "unmet_people"]
    found = rolled[sums].sum().join(rolled[plans].sum(min_count=1))
    found = found.join(rolled["is_carried_forward"].any()).reset_index()
    found = found.merge(priorities(cells), how="left", on=KEYS)
    best = first(
        again.once(offers), ["competency_code"], is_weaker=True, size=True, learning_form=True
    ).set_index("competency_code")
    codes, people = found["competency_code"], found["people_with_gap"]
    kinds, depth = codes.map(family), share(found["total_gap"], people)
    by_depth = kinds.map(STRUCTURED).mask(depth <= 2, "11").mask(depth <= 1, "24")
    by_evidence = codes.map(best["learning_form"])
    found = found.assign(
        family=kinds,
        competency_name=again.competency_name(codes),
        severe_share=share(found["severe_people"], people),
        strategic_share=share(found["strategic_people"], people),
        recommended_form=by_evidence.fillna(by_depth).where(people > 0),
        alternative_form=pd.Series("15", found.index).where(by_evidence.isna() & (depth <= 1)),
        evidence=codes.map(best["evidence"]).fillna("none").where(people > 0),
    )
    return again.finished(found, ["agency_code", "position_level"])


def exchange(again: Recomputed) -> pd.DataFrame:
    """Return program_exchange: three programmes of others for each of the ten first needs."""
    rows = again.once(training_need)
    rows = rows[rows["agency_code"] != TOTAL]
    pressing = rows.groupby(["agency_code", "competency_code"])["priority_rank"].min()
    need = rows[(rows["position_level"] == TOTAL) & (rows["people_with_gap"] > 0)]
    need = need.merge(pressing.rename("most_pressing").reset_index())
    need = need.sort_values(
        ["most_pressing", "people_with_gap", "competency_code"], ascending=[True, False, True]
    )
    need["need_rank"] = need.groupby("agency_code").cumcount() + 1
    serve = need["unmet_people"].fillna(need["people_with_gap"])
    need = need.assign(people_it_would_serve=serve)[
        ["agency_code", "competency_code", "competency_name", "need_rank", "people_with_gap",
         "people_it_would_serve", "is_carried_forward"]
    ]  # fmt: skip
    offered = again.once(offers)[["competency_code", *OFFER, "is_weaker", "size"]]
    found = need.merge(offered, on="competency_code")
    found = found[found["agency_code"] != found["program_agency_code"]]
    found = found.sort_values(
        ["is_weaker", "size", "cost_per_participant", "program_agency_code", "program_code"]
    )
    found["program_rank"] = found.groupby(["agency_code", "competency_code"]).cumcount() + 1
    found = found[(found["need_rank"] <= 10) & (found["program_rank"] <= 3)]
    found = found[found["people_it_would_serve"] > 0].drop(columns=["is_weaker", "size"])
    found["program_agency_name"] = found["program_agency_code"].map(again.in_force)
    return again.finished(found)


MARTS = {
    "training_need": (KEYS, training_need),
    "program_exchange": (
        ["agency_code", "competency_code", "program_agency_code", "program_code"], exchange
    ),
}  # fmt: skip
