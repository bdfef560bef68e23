"""The talent pool with every component of both axes, and the nine boxes, computed again."""

import pandas as pd

from recompute import facts
from recompute.base import DEFAULT_LEVEL, PERSON, STEP, Recomputed
from recompute.competency import match
from recompute.frames import first, half_up, share, stacked

WEIGHTS = {
    "performance": {
        "performance_main": 60, "award": 15, "team_assignment": 15, "feedback_360": 10,
    },
    "potential": {
        "competency_assessment": 20, "competency_development": 10, "position_experience": 10,
        "potential_assessment": 25, "education": 10, "field_fit": 10, "integrity": 15,
    },
}  # fmt: skip
EDUCATION = {
    "50": 100, "49": 100, "47": 90, "45": 90, "42": 80, "40": 80, "35": 80, "30": 70, "25": 60,
    "20": 60, "18": 60, "17": 60, "15": 60, "12": 50, "10": 50, "05": 50,
}  # fmt: skip
ASPECTS = [
    "intelektual", "interpersonal", "kesadaran_diri", "berpikir_kritis", "pemecahan_masalah",
    "kecerdasan_emosional", "belajar_cepat", "motivasi_komitmen",
]  # fmt: skip
ACTING = {("PLT", True): 100, ("PLT", False): 80, ("PLH", True): 60, ("PLH", False): 40}
BOX = {
    ("above", "low"): 4, ("above", "medium"): 7, ("above", "high"): 9,
    ("meets", "low"): 2, ("meets", "medium"): 5, ("meets", "high"): 8,
    ("below", "low"): 1, ("below", "medium"): 3, ("below", "high"): 6,
}  # fmt: skip
ACTIONS = {
    9: "Dipromosikan dan dipertahankan; masuk kelompok rencana suksesi instansi/nasional; "
    "penghargaan",
    8: "Dipertahankan; masuk kelompok rencana suksesi instansi; rotasi/perluasan jabatan; "
    "bimbingan kinerja",
    7: "Dipertahankan; masuk kelompok rencana suksesi instansi; rotasi/pengayaan jabatan; "
    "pengembangan kompetensi; tugas belajar",
    6: "Penempatan yang sesuai; bimbingan kinerja; konseling kinerja",
    5: "Penempatan yang sesuai; bimbingan kinerja; pengembangan kompetensi",
    4: "Rotasi; pengembangan kompetensi",
    3: "Bimbingan kinerja; konseling kinerja; pengembangan kompetensi; penempatan yang sesuai",
    2: "Bimbingan kinerja; pengembangan kompetensi; penempatan yang sesuai",
    1: "Diproses sesuai ketentuan peraturan perundangan",
}


def main_score(again: Recomputed) -> pd.Series:
    """Return the score of the last yearly appraisal of 24 months."""
    rows = again.appraisals[again.appraisals["points"].notna()]
    age = (again.year - rows["year"]) * 12 + again.last.month - 12
    rows = first(rows[age <= 24], ["person_key"], year=False)
    return rows.set_index("person_key")["points"]


def records(again: Recomputed) -> dict[str, pd.Series]:
    """Return the best award of five years, the best assignment and last feedback of two."""
    keys = ["agency_code", "person_key", "jenis", "tanggal"]
    rows = again.events("rekam_jejak", keys, "tanggal")
    found = {}
    for name, kind, years in (
        ("award", "PENGHARGAAN", 5),
        ("team_assignment", "PENUGASAN_TIM", 2),
        ("feedback_360", "UMPAN_BALIK_360", 2),
    ):
        since = again.last - pd.DateOffset(years=years)
        own = rows[(rows["jenis"] == kind) & (rows["tanggal"] > since)]
        if name == "feedback_360":
            own = own[own["nilai"].notna()]
            own = first(own, ["person_key"], tanggal=False, period=False, agency_code=True)
            found[name] = own.set_index("person_key")["nilai"]
        else:
            found[name] = own["nilai"].fillna(80.0).groupby(own["person_key"]).max()
    return found


def development(again: Recomputed) -> pd.Series:
    """Return 5 points for each hour of the last twelve months, 100 at most; null where not told."""
    rows = facts.completed(again)
    rows = rows[rows["completed_on"] >= again.first - pd.DateOffset(months=11)]
    people = again.people
    hours = people["person_key"].map(rows.groupby("person_key")["hours"].sum())
    told = people["agency_code"].isin(
        again.senders("peserta_pelatihan", again.month(11), again.period)
    )
    hours = hours.fillna(hours.where(~told, 0.0))
    return (hours * 5).clip(upper=100).set_axis(people["person_key"])


def integrity(again: Recomputed) -> pd.Series:
    """Return 100 for the spotless, less by the sanction, 0 while it is served."""
    rows = again.sanctions
    points = rows["tingkat"].map({"R": 75, "S": 50, "B": 25}).where(rows["ends_on"] < again.last, 0)
    people = again.people
    known = people["agency_code"].isin(again.senders("hukuman_disiplin"))
    spotless = pd.Series(100.0, index=people.loc[known, "person_key"])
    return points.groupby(rows["person_key"]).min().combine_first(spotless)


def potential(again: Recomputed) -> pd.Series:
    """Return the latest score of three years, or twenty times the mean of the eight aspects."""
    keys = ["agency_code", "person_key", "tanggal_penilaian"]
    rows = again.events("potensi", keys, "tanggal_penilaian")
    rows = rows[rows["tanggal_penilaian"] + pd.DateOffset(years=3) > again.last]
    mean = rows[ASPECTS].astype(float).mean(axis=1, skipna=False) * 20
    rows = rows.assign(score=rows["skor_potensi"].astype(float).fillna(mean))
    rows = rows[rows["score"].notna()]
    order = {"tanggal_penilaian": False, "period": False, "agency_code": True}
    return first(rows, ["person_key"], **order).set_index("person_key")["score"]


def is_higher(target: str, held: str) -> bool:
    """Return whether a level lies above another: by its step on a ladder, else by its standard."""
    if STEP[target][0] == STEP[held][0]:
        return STEP[target][1] > STEP[held][1]
    return DEFAULT_LEVEL[target] > DEFAULT_LEVEL[held]


def experience(again: Recomputed) -> pd.Series:
    """Return the mean of the points for acting in a post and for the variety of posts."""
    people = again.people.set_index("person_key")
    moves = again.moves[again.moves["person_key"].isin(people.index)]
    acts = moves["jenis_perubahan"].isin(["PLT", "PLH"])
    acted = moves[acts]
    held = acted["jenjang_asal"].fillna(acted["person_key"].map(people["position_level"]))
    above = [
        not pd.isna(target) and is_higher(target, own)
        for target, own in zip(acted["jenjang_tujuan"], held, strict=True)
    ]
    keys = zip(acted["jenis_perubahan"], above, strict=True)
    acting = pd.Series([ACTING[key] for key in keys], acted["person_key"], dtype=float)
    own = moves[~acts].set_index("person_key")
    posts = pd.concat(
        [people["position_code"], own["kode_jabatan_asal"], own["kode_jabatan_tujuan"]]
    )
    variety = posts.groupby(level=0).nunique().clip(upper=3).map({1: 60, 2: 80, 3: 100})
    score = (acting.groupby(level=0).max().reindex(people.index).fillna(0) + variety) / 2
    known = people["agency_code"].isin(again.senders("riwayat_jabatan"))
    return score[known | people.index.isin(moves["person_key"])]


def components(again: Recomputed) -> pd.DataFrame:
    """Return every component of everyone who counts, null where not known."""
    people = again.people.set_index("person_key")
    found = {
        "performance_main": main_score(again),
        **records(again),
        "competency_assessment": again.once(match)
        .set_index("person_key")["jpm"]
        .clip(upper=100),
        "competency_development": development(again),
        "position_experience": experience(again),
        "potential_assessment": potential(again),
        "education": people["education_code"].map(EDUCATION),
        "field_fit": people["education_fits"].map({"Y": 100, "T": 0}),
        "integrity": integrity(again),
    }  # fmt: skip
    return pd.DataFrame({name: column.reindex(people.index) for name, column in found.items()})


def category(score: pd.Series, words: tuple[str, str, str]) -> pd.Series:
    """Return the category of scores: from 80, from 60, below."""
    low, middle, high = words
    found = pd.Series(low, score.index).mask(score >= 60, middle).mask(score >= 80, high)
    return found.where(score.notna(), None)


def pool(again: Recomputed) -> pd.DataFrame:
    """Return talent_pool: scores over the components that are known."""
    people = again.people.set_index("person_key", drop=False)
    parts = components(again)
    rows = people[[*PERSON, "is_carried_forward"]].copy()
    for axis, weights in WEIGHTS.items():
        weight, known = pd.Series(weights), parts[list(weights)].notna()
        given = (known * weight).sum(axis=1)
        score = (parts[list(weights)] * weight).sum(axis=1) / given.where(given > 0)
        rows[f"{axis}_score"] = half_up(score, 6)
        rows[f"{axis}_weight_available"] = given / weight.sum()
        for name, value in weights.items():
            rows[f"{name}_score"], rows[f"{name}_weight"] = parts[name], value
    y, x = rows["performance_weight_available"], rows["potential_weight_available"]
    rows["weight_available"], rows["is_complete"] = (y + x) / 2, (y == 1) & (x == 1)
    rows["performance_category"] = category(rows["performance_score"], ("below", "meets", "above"))
    rows["potential_category"] = category(rows["potential_score"], ("low", "medium", "high"))
    kinds = zip(rows["performance_category"], rows["potential_category"], strict=True)
    rows["box"] = pd.Series([BOX.get(kind) for kind in kinds], rows.index, dtype=float)
    rows["talent_score"] = (rows["performance_score"] + rows["potential_score"]) / 2
    rows["recommended_action"] = rows["box"].map(ACTIONS)
    rows["in_talent_pool"] = rows["box"] >= 7
    return again.finished(rows.reset_index(drop=True))


def boxes(again: Recomputed) -> pd.DataFrame:
    """Return talent_box: all nine boxes of every group."""
    keys = ["agency_code", "position_level"]
    rows = stacked(again.once(pool), keys)
    found = rows.groupby(keys, as_index=False).agg(
        size=("person_key", "size"),
        placed_people=("box", "count"),
        rated=("performance_category", "count"),
        able=("potential_category", "count"),
        is_carried_forward=("is_carried_forward", "any"),
    )
    nine = [(box, performance, potential) for (performance, potential), box in BOX.items()]
    names = ["box", "performance_category", "potential_category"]
    found = found.merge(pd.DataFrame(nine, columns=names), how="cross")
    people = rows.groupby([*keys, "box"]).size().rename("people").reset_index()
    found = found.merge(people, how="left", on=[*keys, "box"])
    found["people"] = found["people"].fillna(0)
    whole = found.pop("size")
    found = found.assign(
        share=share(found["people"], found["placed_people"]),
        unplaced_people=whole - found["placed_people"],
        without_performance=whole - found.pop("rated"),
        without_potential=whole - found.pop("able"),
    )
    return again.finished(found, keys)


MARTS = {
    "talent_pool": (["person_key"], pool),
    "talent_box": (["agency_code", "position_level", "box"], boxes),
}
