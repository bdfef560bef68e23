"""Training needs against the same month computed in pandas."""

from typing import Any

import pandas as pd
import pytest
from recompute import Key, Measures, Recomputed, compare, ratio, rolled

pytestmark = pytest.mark.slow

STRUCTURED = {"managerial": "5", "sociocultural": "6", "technical": "3", "digital": "3"}


def needs_of(again: Recomputed) -> pd.DataFrame:
    """Return gaps and plans by agency, competency and level."""
    keys = ["agency_code", "kode_kompetensi", "jenjang_jabatan"]
    short = again.gaps[again.gaps["gap"] < 0].assign(missing=lambda f: -f["gap"])
    short["is_severe"], short["is_strategic"] = short["missing"] >= 3, short["is_strategic"] == True  # noqa: E712
    needs = short.groupby(keys).agg(
        people=("person_key", "size"),
        total=("missing", "sum"),
        severe=("is_severe", "sum"),
        strategic=("is_strategic", "sum"),
    )
    plan = again.dataset("rencana_pengembangan")
    plan = plan[(plan["tahun"] == again.first.year) & plan["agency_code"].isin(again.agencies)]
    plan = plan.assign(hours=plan["target_peserta"] * plan["target_jp"])
    planned = plan.groupby(keys).agg(seats=("target_peserta", "sum"), hours=("hours", "sum"))
    joined = needs.join(planned, how="outer").reset_index()
    joined[["people", "total", "severe", "strategic"]] = joined[
        ["people", "total", "severe", "strategic"]
    ].fillna(0)
    has_plan = joined["agency_code"].isin(plan["agency_code"])
    joined["seats"] = joined["seats"].fillna(0).where(has_plan)
    joined["hours"] = joined["hours"].fillna(0).where(has_plan)
    joined["unmet"] = (joined["people"] - joined["seats"]).clip(lower=0)
    return joined


def priorities(needs: pd.DataFrame) -> dict[Key, tuple[float, int]]:
    """Return score and rank of each need of an agency."""
    found: dict[Key, tuple[float, int]] = {}
    for agency, part in needs[needs["people"] > 0].groupby("agency_code"):
        values = {
            "people": (part["people"], 40),
            "depth": (part["total"] / part["people"], 30),
            "strategic": (part["strategic"] / part["people"], 20),
            "unplanned": (part["unmet"] / part["people"], 10),
        }
        if part["seats"].isna().any():
            del values["unplanned"]
        score = pd.Series(0.0, part.index)
        for name, (value, weight) in values.items():
            place = value.map(lambda v, value=value: float((value <= v).mean()))
            if name in ("strategic", "unplanned"):
                place = place.where(value > 0, 0.0)
            score = score + weight * place
        score = (100 * score / sum(weight for _, weight in values.values())).round(8)
        order = part.assign(score=score).sort_values(
            ["score", "people", "total", "kode_kompetensi", "jenjang_jabatan"],
            ascending=[False, False, False, True, True],
        )
        for rank, row in enumerate(order.itertuples(), 1):
            found[agency, row.kode_kompetensi, row.jenjang_jabatan] = (float(row.score), rank)
    return found


def best_forms(again: Recomputed) -> dict[str, tuple[str, str]]:
    """Return learning form and evidence of the best programme for each competency."""
    rows = again.mart("marts.program_effectiveness")
    rows = rows[rows["agency_code"].isna()]
    is_strong, is_moderate = rows["evidence"] == "strong", rows["evidence"] == "moderate"
    is_better = is_strong & (rows["performance_effect"] > 0) & ~(rows["gain_mean"] <= 0)
    has_gain = is_moderate & (rows["gain_mean"] > 0) & ~(rows["performance_effect_ci_high"] <= 0)
    rows = rows[is_better | has_gain]
    rows = rows.assign(code=rows["competency_codes"].str.split(";"))
    rows = rows.explode("code").assign(is_weaker=rows["evidence"] != "strong")
    rows = rows.sort_values(
        ["is_weaker", "effect_size", "learning_form"],
        ascending=[True, False, True],
        na_position="last",
    ).drop_duplicates("code")
    return {row.code: (row.learning_form, row.evidence) for row in rows.itertuples()}


def test_training_needs(again: Recomputed) -> None:
    needs, best = needs_of(again), best_forms(again)
    families = dict(zip(again.gaps["kode_kompetensi"], again.gaps["family"], strict=True))

    def measure(part: pd.DataFrame) -> Measures:
        people, total = int(part["people"].sum()), int(part["total"].sum())
        code = part["kode_kompetensi"].iloc[0]
        known = part["seats"].notna().any()
        form, evidence, other = None, None, None
        if people:
            depth = total / people
            by_depth = "24" if depth <= 1 else "11" if depth <= 2 else STRUCTURED[families[code]]
            form, evidence = best.get(code, (by_depth, "none"))
            other = "15" if code not in best and depth <= 1 else None
        return {
            "people_with_gap": people,
            "total_gap": total,
            "severe_share": ratio(part["severe"].sum(), people),
            "strategic_share": ratio(part["strategic"].sum(), people),
            "planned_participants": int(part["seats"].sum()) if known else None,
            "planned_hours": float(part["hours"].sum()) if known else None,
            "unmet_people": int(part["unmet"].sum()) if known else None,
            "recommended_form": form,
            "alternative_form": other,
            "evidence": evidence,
        }

    expected: dict[Key, dict[str, Any]] = {}
    for code, part in needs.groupby("kode_kompetensi"):
        for key, values in rolled(part, ["agency_code", "jenjang_jabatan"], measure).items():
            expected[key[0], code, key[1]] = {
                **values, "priority_score": None, "priority_rank": None
            }  # fmt: skip
    for key, (score, rank) in priorities(needs).items():
        expected[key] |= {"priority_score": score, "priority_rank": rank}
    mart = again.mart("marts.training_need")
    assert compare(mart, ["agency_code", "competency_code", "position_level"], expected) > 2000
