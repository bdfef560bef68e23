"""People needed and people there, and the quality of recruitment, computed again."""

import pandas as pd

from recompute.base import SEAT, UNKNOWN, Recomputed
from recompute.frames import share, stacked

STANDARDS = {
    "CPNS": {"basic": 56.5},
    "PPPK": {"technical": 50.0, "managerial": 58.5, "sociocultural": 58.5},
}
SCORES = {
    "basic": "skor_skd", "technical": "skor_teknis", "managerial": "skor_manajerial",
    "sociocultural": "skor_sosiokultural",
}  # fmt: skip
HORIZONS = [12, 24, 36, 60]


def seats(again: Recomputed) -> pd.DataFrame:
    """Return every seat listed or held, with the people in it by level."""
    people = again.people
    months = people["months_to_retirement"]
    held = people.assign(
        retirement_known=months.notna(),
        **{f"retiring_{n}_months": months <= n for n in HORIZONS},
    )
    counts = ["retirement_known", *(f"retiring_{n}_months" for n in HORIZONS)]
    grouped = held.groupby([*SEAT, "seat_level", "job_family"])
    filled = grouped[counts].sum().assign(
        filled=grouped.size(), is_old_roster=grouped["is_carried_forward"].any()
    ).reset_index()  # fmt: skip
    listed = again.positions[
        [*SEAT, "position_level", "job_family", "needed", "is_carried_forward"]
    ]
    listed = listed.rename(
        columns={"position_level": "seat_level", "is_carried_forward": "is_old_list"}
    )
    rows = listed.merge(
        filled, how="outer", on=[*SEAT, "seat_level", "job_family"], indicator="where"
    )
    rows[["filled", *counts]] = rows[["filled", *counts]].fillna(0)
    short = rows["needed"] - rows["filled"]
    return rows.assign(
        unlisted=rows["filled"].where(rows["where"] == "right_only", 0),
        vacant=short.clip(lower=0),
        surplus=(-short).clip(lower=0),
        net_need_12_months=short + rows["retiring_12_months"],
        is_carried_forward=rows["is_old_list"].eq(True) | rows["is_old_roster"].eq(True),
    ).rename(columns={"seat_level": "position_level"})


def plan(again: Recomputed) -> pd.DataFrame:
    """Return workforce_plan; what nobody listed is null, and retirement where no date is known."""
    keys = ["agency_code", "position_level", "job_family"]
    grouped = stacked(seats(again), keys).groupby(keys)
    counts = ["filled", "unlisted", "retirement_known", *(f"retiring_{n}_months" for n in HORIZONS)]
    needs = ["needed", "vacant", "surplus", "net_need_12_months"]
    found = grouped[counts].sum().join(grouped[needs].sum(min_count=1))
    found = found.join(grouped["is_carried_forward"].any())
    for months in HORIZONS:
        name = f"retiring_{months}_months"
        found[name] = found[name].where(found["retirement_known"] > 0)
    short = again.gaps[again.gaps["gap"] < 0].drop(columns="position_level")
    short = short.rename(columns={"seat_level": "position_level"})
    lacking = stacked(short, keys).groupby([*keys, "competency_code"])["gap"].agg(["size", "sum"])
    lacking = lacking.reset_index().sort_values(
        ["size", "sum", "competency_code"], ascending=[False, True, True]
    )
    lacking["place"] = lacking.groupby(keys).cumcount() + 1
    table = lacking.pivot(index=keys, columns="place", values="competency_code")
    for place in (1, 2, 3):
        found[f"lacking_competency_{place}"] = table[place]
    return again.finished(found.reset_index(), keys)


def applicants(again: Recomputed) -> pd.DataFrame:
    """Return the applicants of this year and the last, with the level of the position."""
    rows = again.events("seleksi", ["agency_code", "applicant_key"])
    rows = rows[rows["tahun"].between(again.year - 1, again.year)]
    rows = rows[rows["agency_code"].isin(again.in_force)]
    rows = rows.rename(columns={"kode_jabatan": "position_code", "jalur": "track"})
    levels = again.positions.groupby(SEAT[:2])["position_level"].min().reset_index()
    rows = rows.merge(levels, how="left", on=SEAT[:2])
    rows["position_level"] = rows["position_level"].fillna(UNKNOWN)
    for name, column in SCORES.items():
        rows[name] = rows[column].astype(float)
    bounds = pd.DataFrame(STANDARDS).T.reindex(columns=list(SCORES))
    bounds = bounds.reindex(rows["track"]).set_index(rows.index)
    scores = rows[list(SCORES)].where(bounds.notna())
    return rows.assign(
        is_measured=scores.notna().any(axis=1), is_below=(scores < bounds).any(axis=1)
    )


def recruitment(again: Recomputed) -> pd.DataFrame:
    """Return recruitment_quality."""
    rows = applicants(again)
    hired, not_hired = rows["lulus_akhir"] == "Y", rows["lulus_akhir"] == "T"
    rows = rows.assign(
        hired=hired,
        not_hired=not_hired,
        passed=rows["lulus_administrasi"] == "Y",
        hired_measured=hired & rows["is_measured"],
        below=hired & rows["is_measured"] & rows["is_below"],
        **{f"{name}_mean_hired": rows[name].where(hired) for name in SCORES},
        **{f"{name}_mean_not_hired": rows[name].where(not_hired) for name in SCORES},
    )
    keys = ["agency_code", "track", "position_level"]
    grouped = stacked(rows, keys).groupby(keys)
    counts = ["passed", "hired", "not_hired", "hired_measured", "below"]
    means = [f"{name}_mean_{who}" for name in SCORES for who in ("hired", "not_hired")]
    found = grouped[counts].sum().join(grouped[means].mean()).assign(applicants=grouped.size())
    found = found.rename(
        columns={"passed": "passed_administration", "below": "hired_below_standard"}
    )
    below = found["hired_below_standard"]
    found = found.assign(
        passed_administration_share=share(found["passed_administration"], found["applicants"]),
        hired_share=share(found["hired"], found["hired"] + found["not_hired"]),
        hired_below_standard=below.where(found["hired_measured"] > 0),
        hired_below_standard_share=share(below, found["hired_measured"]),
    )
    return again.finished(found.reset_index(), keys)


MARTS = {
    "workforce_plan": (["agency_code", "position_level", "job_family"], plan),
    "recruitment_quality": (["agency_code", "track", "position_level"], recruitment),
}
