"""Careers, promotion and succession against the same month computed in pandas."""

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recompute import (
    DEFAULT_LEVEL,
    LADDERS,
    NINE,
    Key,
    Measures,
    Recomputed,
    compare,
    ratio,
    rolled,
)

pytestmark = pytest.mark.slow

LEVEL_CHANGES = ["PENGANGKATAN", "PROMOSI", "DEMOSI", "MUTASI", "ROTASI"]
NEXT = {low: high for ladder in LADDERS for low, high in itertools.pairwise(ladder)}
PLACE = {level: (n, rank) for n, ladder in enumerate(LADDERS) for rank, level in enumerate(ladder)}


def level_starts(again: Recomputed) -> pd.Series:
    """Return the day since which each person has been in the present level."""
    moves = again.moves.merge(again.people[["person_key", "jenjang_jabatan"]], on="person_key")
    moves = moves[
        (moves["jenjang_tujuan"] == moves["jenjang_jabatan"])
        & moves["jenis_perubahan"].isin(LEVEL_CHANGES)
    ]
    is_change = moves["jenjang_asal"].notna() & (moves["jenjang_asal"] != moves["jenjang_tujuan"])
    is_entry = moves["jenjang_asal"].isna() & moves["jenis_perubahan"].isin(LEVEL_CHANGES[:3])
    entered = moves[is_change | is_entry].groupby("person_key")["tmt"].max()
    people = again.people.set_index("person_key")
    return entered.reindex(people.index).fillna(people["tmt_jabatan"])


def moves_of(again: Recomputed) -> pd.DataFrame:
    """Return this year's moves, one row each, with agency, level and kind."""
    year = again.moves[again.moves["tmt"] >= pd.Timestamp(again.first.year, 1, 1)]
    own = again.people.set_index("person_key")["jenjang_jabatan"]
    rows = set()
    for move in year.itertuples():
        kind, target = move.jenis_perubahan, move.instansi_tujuan
        to, came = move.jenjang_tujuan, move.jenjang_asal
        if kind in ("PROMOSI", "DEMOSI", "ROTASI") or (kind == "MUTASI" and pd.isna(target)):
            name = {"PROMOSI": "promotions", "DEMOSI": "demotions"}.get(kind, "rotations")
            rows.add((move.agency_code, move.person_key, move.tmt, name, to))
        elif kind == "MUTASI":
            rows.add((target, move.person_key, move.tmt, "transfers_in", to))
            if target != move.agency_code:
                level = to if pd.isna(came) else came
                rows.add((move.agency_code, move.person_key, move.tmt, "transfers_out", level))
    found = pd.DataFrame(
        sorted(rows, key=str), columns=["agency_code", "key", "day", "kind", "level"]
    )
    found = found[found["agency_code"].isin(again.agencies)]
    return found.assign(level=found["level"].fillna(found["key"].map(own)))


def matches(again: Recomputed, day: pd.Timestamp) -> pd.Series:
    """Return everybody's JPM by the results valid on ``day`` against today's standards."""
    results = again.latest(day)
    results = results[results["kode_kompetensi"].isin(NINE)]
    results = results.groupby("person_key")["level_capaian"].agg(["size", "sum"])
    required = again.requirements[again.requirements["kode_kompetensi"].isin(NINE)]
    place = ["agency_code", "kode_jabatan", "jenjang_jabatan"]
    required = required.groupby(place)["level_standar"].sum().rename("required").reset_index()
    people = again.people.merge(required, on=place).set_index("person_key")
    full = results[results["size"] == 9]["sum"].reindex(people.index)
    return (100 * full / people["required"]).dropna()


def past_units(again: Recomputed, day: pd.Timestamp) -> dict[str, str | None]:
    """Return the unit of each person on ``day``; None where nobody tells."""
    moves = again.moves[again.moves["jenis_perubahan"].isin(LEVEL_CHANGES)]
    since = set(moves[moves["tmt"] > day]["person_key"])
    before = moves[moves["tmt"] <= day].sort_values(
        ["tmt", "jenis_perubahan", "agency_code"], ascending=[False, True, True]
    )
    last = before.drop_duplicates("person_key").set_index("person_key")
    found: dict[str, str | None] = {}
    for row in again.people.itertuples():
        if row.person_key not in since:
            found[row.person_key] = row.kode_unor
        elif row.person_key in last.index:
            move = last.loc[row.person_key]
            found[row.person_key] = (
                move["kode_unor_tujuan"] if move["agency_code"] == row.agency_code else None
            )
    return found


def spread(jpm: pd.Series, people: pd.DataFrame, units: pd.Series) -> float | None:
    """Return the deviation of the mean JPM of units among ``people``."""
    part = people.assign(jpm=people["person_key"].map(jpm), unit=people["person_key"].map(units))
    means = part.dropna(subset=["jpm", "unit"]).groupby(["agency_code", "unit"])["jpm"].mean()
    return float(means.std(ddof=1)) if len(means) > 1 else None


def test_mobility_of_careers(again: Recomputed) -> None:
    starts, moves = level_starts(again), moves_of(again)
    log = again.log[(again.log["dataset"] == "riwayat_jabatan")]
    reported = set(log[log["period"] >= f"{again.first.year}-01"]["agency_code"])
    past = again.last - pd.DateOffset(years=1) + pd.offsets.MonthEnd(0)
    now, then = matches(again, again.last), matches(again, past)
    units = again.people.set_index("person_key")["kode_unor"]
    units_then = pd.Series(past_units(again, past))
    people = again.people.assign(start=again.people["person_key"].map(starts))
    kinds = ["promotions", "rotations", "transfers_in", "transfers_out", "demotions"]
    counts = {
        kind: rolled(
            moves[(moves["kind"] == kind) & moves["agency_code"].isin(reported)],
            ["agency_code", "level"],
            lambda p: {"n": len(p)},
        )
        for kind in kinds
    }
    assert sum(len(found) for found in counts.values()) > 20

    def measure(part: pd.DataFrame) -> dict[str, Any]:
        days = (again.last - part["start"]).dt.days
        stalled = int((part["start"] + pd.DateOffset(years=10) < again.last).sum())
        return {
            "people": len(part),
            "people_reported": int(part["agency_code"].isin(reported).sum()),
            "median_years_in_level": float(np.median(days)) / 365.25,
            "stalled": stalled,
            "stalled_share": ratio(stalled, len(part)),
            "competence_spread": spread(now, part, units),
            "competence_spread_year_ago": spread(then, part, units_then),
        }

    expected = rolled(people, ["agency_code", "jenjang_jabatan"], measure)
    for key, values in expected.items():
        for kind in kinds:
            count = counts[kind].get(key, {"n": 0})["n"]
            size = values["people_reported"]
            values[kind] = count if size else None  # type: ignore[index]
            values[f"{kind}_per_1000"] = 1000 * count / size if size else None  # type: ignore[index]
    mart = again.mart("marts.career_mobility")
    assert compare(mart, ["agency_code", "position_level"], expected) > 1000


def predicates(again: Recomputed) -> dict[str, list[int]]:
    """Return everybody's yearly predicates up to the last day, the latest first."""
    rows = again.dataset("kinerja")
    rows = rows.sort_values(["period", "agency_code", "row_number"], ascending=[False, True, True])
    rows = rows.drop_duplicates(["person_key", "tahun", "periode"])
    years = rows["tahun"].between(again.first.year - 3, again.last.year - (again.last.month < 12))
    rows = rows[(rows["periode"] == "TAHUNAN") & years]
    found: dict[str, list[int]] = {}
    for row in rows.sort_values("tahun", ascending=False).itertuples():
        result, conduct = row.hasil_kerja, row.perilaku_kerja
        if conduct == 3:
            value = 5 if result == 3 else 4
        else:
            value = 3 if result == 3 else 1 if (result, conduct) == (1, 1) else 2
        found.setdefault(row.person_key, []).append(value)
    return found


def test_readiness_for_promotion(again: Recomputed) -> None:
    starts, appraisals = level_starts(again), predicates(again)
    pool = again.mart("marts.talent_pool")
    boxed = set(pool[pool["box"] >= 7]["person_key"])
    sanctions = again.events(
        "hukuman_disiplin", ["agency_code", "person_key", "tanggal_mulai"], "tanggal_mulai"
    )
    ends = sanctions["tanggal_akhir"].fillna(
        sanctions["tanggal_mulai"].map(lambda day: day + pd.DateOffset(months=12))
    )
    punished = set(sanctions[ends > again.last - pd.DateOffset(years=1)]["person_key"])
    results = again.latest(again.last)
    results = results[results["kode_kompetensi"].isin(NINE)]
    sums = results.groupby("person_key")["level_capaian"].agg(["size", "sum"])
    full = sums[sums["size"] == 9]["sum"].to_dict()

    rows = []
    for row in again.people[again.people["jenjang_jabatan"].isin(NEXT)].itertuples():
        last = appraisals.get(row.person_key, [])[:2]
        needed = 9 * DEFAULT_LEVEL[NEXT[row.jenjang_jabatan]]
        jpm = 100 * full[row.person_key] / needed if row.person_key in full else math.nan
        tenured = starts[row.person_key] + pd.DateOffset(years=2) <= again.last
        blocks = {
            "performance": not (len(last) == 2 and max(last) <= 2),
            "assessment_missing": math.isnan(jpm),
            "jpm": jpm < 80,
            "discipline": row.person_key in punished,
            "box": row.person_key not in boxed,
        }
        eligible = tenured and not blocks["performance"] and not blocks["discipline"]
        rows.append((row.agency_code, row.jenjang_jabatan, tenured, eligible, blocks))
    people = pd.DataFrame(rows, columns=["agency_code", "level", "tenured", "eligible", "blocks"])

    def measure(part: pd.DataFrame) -> Measures:
        long = part[part["tenured"]]
        counts = Counter(
            name for blocks in long["blocks"] for name, is_so in blocks.items() if is_so
        )
        most = max(counts.values(), default=0)
        names = ["performance", "assessment_missing", "jpm", "discipline", "box"]
        ready = sum(
            eligible and not any(blocks.values())
            for eligible, blocks in zip(part["eligible"], part["blocks"], strict=True)
        )
        return {
            "people": len(part),
            "tenured": len(long),
            "eligible": int(part["eligible"].sum()),
            "eligible_share": ratio(part["eligible"].sum(), len(part)),
            "ready": ready,
            "ready_share": ratio(ready, len(part)),
            **{f"blocked_{name}": counts[name] for name in names},
            "most_frequent_blocker": next((n for n in names if most and counts[n] == most), None),
        }

    expected = rolled(people, ["agency_code", "level"], measure)
    mart = again.mart("marts.promotion_readiness")
    assert compare(mart, ["agency_code", "position_level"], expected) > 500
    assert mart["ready"].sum() > 0 and mart["blocked_discipline"].sum() > 0


def test_bench_and_candidates(again: Recomputed) -> None:
    pool = again.mart("marts.talent_pool")
    pool = pool[pool["box"] >= 7].set_index("person_key")
    talents = again.people[again.people["person_key"].isin(pool.index)]
    results = again.latest(again.last).set_index("person_key")
    levels: dict[str, dict[str, int]] = {}
    for key, code, level in results[["kode_kompetensi", "level_capaian"]].itertuples():
        levels.setdefault(key, {})[code] = level
    place = ["agency_code", "kode_jabatan", "jenjang_jabatan"]
    standards = dict(list(again.requirements.groupby(place)))
    retirement = again.people.groupby(["agency_code", "kode_jabatan", "kode_unor"])[
        "bulan_ke_pensiun"
    ]
    first, held = retirement.min(), retirement.size()

    benches: dict[Key, dict[str, Any]] = {}
    listed: dict[Key, dict[str, Any]] = {}
    strategic = again.positions[again.positions["strategis"] == "Y"]
    for post in strategic[strategic["agency_code"].isin(again.agencies)].itertuples():
        key = (post.agency_code, post.kode_jabatan, post.kode_unor)
        standard = standards[post.agency_code, post.kode_jabatan, post.jenjang_jabatan]
        standard = dict(zip(standard["kode_kompetensi"], standard["level_standar"], strict=True))
        ladder, rank = PLACE[post.jenjang_jabatan]
        found = []
        for person in talents[talents["agency_code"] == post.agency_code].itertuples():
            own_ladder, own_rank = PLACE[person.jenjang_jabatan]
            if own_ladder != ladder or own_rank not in (rank, rank - 1):
                continue
            if (person.kode_jabatan, person.kode_unor) == key[1:]:
                continue
            known = levels.get(person.person_key, {})
            jpm = None
            if all(code in known for code in NINE):
                jpm = 100 * sum(known[c] for c in NINE) / sum(standard[c] for c in NINE)
            state = (
                3 if jpm is None else 0 if jpm >= 80 else 1 if jpm >= 68 else 2
            )  # now, soon, not ready, unassessed
            score = pool.loc[person.person_key, "talent_score"]
            blocking = sorted(c for c, n in standard.items() if c in known and known[c] < n)
            found.append((state, -score, -(jpm or 0), person.person_key, jpm, blocking))
        found.sort(key=lambda c: (c[0], math.isnan(c[1]), c[1], c[2], c[3]))
        states = Counter(candidate[0] for candidate in found)
        holders = int(held.get(key, 0))
        if not holders and post.kebutuhan > 0:
            risk = "vacant"
        elif not states[0] + states[1]:
            risk = "no_successor"
        else:
            risk = "thin" if states[0] < 2 else "covered"
        benches[key] = {
            "incumbents": holders,
            "incumbent_retires_within_months": first.get(key),
            "candidates": len(found),
            "ready_now": states[0],
            "ready_soon": states[1],
            "bench_strength": states[0] + 0.5 * states[1],
            "risk": risk,
        }
        for order, (state, score, _, person, jpm, blocking) in enumerate(found[:10], 1):
            listed[(*key, order)] = {
                "person_key": person,
                "talent_score": -score,
                "jpm_target": jpm,
                "readiness": ["now", "soon", "not_ready", "unassessed"][state],
                "blocking_gap_count": len(blocking),
                "blocking_gaps": ";".join(blocking) or None,
            }
    keys = ["agency_code", "position_code", "unit_code"]
    assert compare(again.mart("marts.succession_bench"), keys, benches) > 100
    assert compare(again.mart("marts.succession_candidate"), [*keys, "rank"], listed) > 100
