"""Indices, satisfaction and the components of talent against the same month computed in pandas."""

import pandas as pd
import pytest
from recompute import DEFAULT_LEVEL, LADDERS, Measures, Recomputed, compare, ratio, rolled

pytestmark = pytest.mark.slow

ELEMENTS = [f"u{number}" for number in range(1, 10)]
QUALIFICATION = {
    "50": 25, "49": 25, "47": 20, "45": 20, "42": 15, "40": 15, "35": 15, "30": 10, "25": 5,
    "20": 5, "18": 5, "17": 5, "15": 5, "12": 1, "10": 1, "05": 1,
}  # fmt: skip
SEMINARS, LEADERSHIP, FUNCTIONAL = {"4", "7", "9"}, {"1"}, {"2"}
PREDICATES = {
    (1, 1): 1, (1, 2): 2, (1, 3): 4, (2, 1): 2, (2, 2): 2, (2, 3): 4,
    (3, 1): 3, (3, 2): 3, (3, 3): 5,
}  # fmt: skip
PERFORMANCE = {1: 30, 2: 25, 3: 15, 4: 5, 5: 1}
PLACE = {level: (n, rank) for n, ladder in enumerate(LADDERS) for rank, level in enumerate(ladder)}
CATEGORIES = [("very_high", 90), ("high", 80), ("medium", 70), ("low", 60)]


def this_year(again: Recomputed, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of agencies in force that were sent for the twelve months to the period."""
    months = [str(p) for p in pd.period_range(end=again.period, periods=12, freq="M")]
    return rows[rows["period"].isin(months) & rows["agency_code"].isin(again.agencies)]


def reporting(again: Recomputed, name: str) -> set[str]:
    """Return the agencies with a counting submission of a dataset."""
    return set(again.log.loc[again.log["dataset"] == name, "agency_code"])


def sent_last(again: Recomputed, name: str, keys: list[str]) -> pd.DataFrame:
    """Return the rows of an undated dataset, of each key the one sent last."""
    rows = again.dataset(name).sort_values(["period", "row_number"], ascending=[False, True])
    return rows.drop_duplicates(keys)


def test_satisfaction_with_services(again: Recomputed) -> None:
    keys = ["agency_code", "respondent_key"]
    rows = this_year(again, sent_last(again, "survei_kepuasan_masyarakat", keys))
    rows = rows[rows[ELEMENTS].notna().any(axis=1)]

    def measure(part: pd.DataFrame) -> Measures:
        means = part[ELEMENTS].astype(float).mean()
        index = float(means.dropna().mean() * 25)
        shown = int(index * 100 + 0.5 + 1e-9) / 100
        grade = next((g for g, low in [("A", 88.31), ("B", 76.61), ("C", 65)] if shown >= low), "D")
        return {
            "respondents": len(part),
            "elements_asked": int(means.notna().sum()),
            **{f"nrr_{u}": None if pd.isna(means[u]) else float(means[u]) for u in ELEMENTS},
            "ikm": index,
            "grade": grade,
            "lowest_element": str(means.idxmin()).upper(),
        }

    expected = rolled(rows, ["agency_code", "kode_layanan"], measure)
    expected = {k: v for k, v in expected.items() if k[0] is not None or k[1] is None}
    mart = again.mart("marts.service_satisfaction")
    assert compare(mart, ["agency_code", "service_code"], expected) > 300


def test_satisfaction_with_the_job(again: Recomputed) -> None:
    keys = ["agency_code", "respondent_key", "butir"]
    rows = this_year(again, sent_last(again, "survei_kepuasan_kerja", keys))
    turned = rows["skor"].where(rows["terbalik"] != "Y", 6 - rows["skor"]).astype(float)
    rows = rows.assign(points=turned)

    def measure(part: pd.DataFrame) -> Measures:
        sheets = part.pivot(
            index=["agency_code", "respondent_key"], columns="butir", values="points"
        )
        kept = sheets[sheets.columns[sheets.notna().mean() >= 0.5]].dropna()
        k, whole = kept.shape[1], kept.sum(axis=1).var()
        alpha = k / (k - 1) * (1 - kept.var().sum() / whole) if k > 1 and whole > 0 else None
        return {
            "respondents": len(sheets),
            "score": float((sheets.mean(axis=1).mean() - 1) / 4 * 100),
            "cronbach_alpha": alpha,
            "alpha_items": k,
            "alpha_respondents": len(kept),
        }

    mart = again.mart("marts.job_satisfaction")
    assert compare(mart, ["agency_code"], rolled(rows, ["agency_code"], measure)) > 30


def test_components_of_talent(again: Recomputed) -> None:
    people = again.people.set_index("person_key")
    records = again.events(
        "rekam_jejak", ["agency_code", "person_key", "jenis", "tanggal"], "tanggal"
    )
    best = {}
    for kind, years in [("PENGHARGAAN", 5), ("PENUGASAN_TIM", 2), ("UMPAN_BALIK_360", 2)]:
        since = again.last - pd.DateOffset(years=years)
        rows = records[(records["jenis"] == kind) & (records["tanggal"] > since)]
        if kind == "UMPAN_BALIK_360":
            order = ["tanggal", "period", "agency_code"]
            rows = rows[rows["nilai"].notna()].sort_values(order, ascending=[False, False, True])
            best[kind] = rows.drop_duplicates("person_key").set_index("person_key")["nilai"]
        else:
            best[kind] = (
                rows.assign(nilai=rows["nilai"].fillna(80.0)).groupby("person_key")["nilai"].max()
            )
    integrity = integrity_of(again)
    potential, experience = potential_of(again), experience_of(again)
    columns = {
        "award_score": best["PENGHARGAAN"],
        "team_assignment_score": best["PENUGASAN_TIM"],
        "feedback_360_score": best["UMPAN_BALIK_360"],
        "potential_assessment_score": potential,
        "integrity_score": integrity,
        "position_experience_score": experience,
    }
    values = pd.DataFrame({name: column.reindex(people.index) for name, column in columns.items()})
    assert (values.notna().sum() > 50).all()
    expected = {
        (key,): {n: None if pd.isna(v) else float(v) for n, v in row.items()}
        for key, row in values.to_dict("index").items()
    }
    assert compare(again.mart("marts.talent_pool"), ["person_key"], expected) > 5_000


def sanctions_of(again: Recomputed) -> pd.DataFrame:
    """Return the sanctions up to the last day."""
    keys = ["agency_code", "person_key", "tanggal_mulai"]
    return again.events("hukuman_disiplin", keys, "tanggal_mulai")


def integrity_of(again: Recomputed) -> pd.Series:
    """Return 100 for the spotless, less by the sanction, 0 while it is served."""
    rows = sanctions_of(again)
    ends = rows["tanggal_akhir"].fillna(rows["tanggal_mulai"] + pd.DateOffset(months=12))
    points = rows["tingkat"].map({"R": 75, "S": 50, "B": 25}).where(ends < again.last, 0)
    known = again.people["agency_code"].isin(reporting(again, "hukuman_disiplin"))
    spotless = pd.Series(100, index=again.people.loc[known, "person_key"])
    return points.groupby(rows["person_key"]).min().combine_first(spotless)


def potential_of(again: Recomputed) -> pd.Series:
    """Return the latest score of three years, or twenty times the mean of eight aspects."""
    aspects = [
        "intelektual", "interpersonal", "kesadaran_diri", "berpikir_kritis", "pemecahan_masalah",
        "kecerdasan_emosional", "belajar_cepat", "motivasi_komitmen",
    ]  # fmt: skip
    keys = ["agency_code", "person_key", "tanggal_penilaian"]
    rows = again.events("potensi", keys, "tanggal_penilaian")
    rows = rows[rows["tanggal_penilaian"] + pd.DateOffset(years=3) > again.last]
    mean = rows[aspects].astype(float).mean(axis=1, skipna=False) * 20
    rows = rows.assign(score=rows["skor_potensi"].astype(float).fillna(mean)).dropna(
        subset=["score"]
    )
    order = ["tanggal_penilaian", "period", "agency_code"]
    rows = rows.sort_values(order, ascending=[False, False, True])
    return rows.drop_duplicates("person_key").set_index("person_key")["score"]


def experience_of(again: Recomputed) -> pd.Series:
    """Return the mean of the points for acting and for the variety of posts."""
    people = again.people.set_index("person_key")
    moves = again.moves[again.moves["person_key"].isin(people.index)]
    is_acting = moves["jenis_perubahan"].isin(["PLT", "PLH"])
    acting: dict[str, int] = {}
    for move in moves[is_acting].itertuples():
        held = people.loc[move.person_key, "jenjang_jabatan"]
        held = held if pd.isna(move.jenjang_asal) else move.jenjang_asal
        target, is_higher = move.jenjang_tujuan, False
        if not pd.isna(target):
            same = PLACE[target][0] == PLACE[held][0]
            is_higher = (
                PLACE[target][1] > PLACE[held][1]
                if same
                else DEFAULT_LEVEL[target] > DEFAULT_LEVEL[held]
            )
        points = {("PLT", True): 100, ("PLT", False): 80, ("PLH", True): 60, ("PLH", False): 40}
        found = points[move.jenis_perubahan, is_higher]
        acting[move.person_key] = max(found, acting.get(move.person_key, 0))
    held = moves[~is_acting]
    posts = pd.concat(
        [
            people["kode_jabatan"],
            held.set_index("person_key")["kode_jabatan_asal"],
            held.set_index("person_key")["kode_jabatan_tujuan"],
        ]
    )
    variety = posts.groupby(level=0).nunique().map(lambda n: {1: 60, 2: 80}.get(n, 100))
    known = people["agency_code"].isin(reporting(again, "riwayat_jabatan"))
    known |= people.index.isin(moves["person_key"])
    score = (pd.Series(acting).reindex(people.index).fillna(0) + variety.reindex(people.index)) / 2
    return score[known]


def dimensions(again: Recomputed) -> pd.DataFrame:
    """Return the four dimensions of everyone who counts; null where not known or not a PNS."""
    people = again.people.set_index("person_key")
    learned = again.mart("core.fct_learning")
    learned = learned[
        learned["is_completed"]
        & ~learned["is_orphan_program"]
        & ~learned["is_duplicate_certificate"]
    ]
    learned = learned[learned["completed_on"] <= again.last]
    form, day = learned["learning_form"].astype(str), learned["completed_on"]
    last_year = day + pd.DateOffset(years=1) > again.last
    is_technical = ~form.isin(SEMINARS | LEADERSHIP | FUNCTIONAL) & last_year
    hours = learned[is_technical].groupby("person_key")["hours"].sum()
    technical = set(hours[hours >= 20].index)
    seminar = set(
        learned[form.isin(SEMINARS) & (day + pd.DateOffset(years=2) > again.last)]["person_key"]
    )
    trained_people = set(learned["person_key"])
    leadership = set(learned[form.isin(LEADERSHIP)]["person_key"])
    functional = set(learned[form.isin(FUNCTIONAL)]["person_key"])
    sender = this_year(again, again.dataset("peserta_pelatihan"))["agency_code"].unique()
    appraised = again.dataset("kinerja").sort_values(
        ["period", "agency_code", "row_number"], ascending=[False, True, True]
    )
    rating = appraised.drop_duplicates(["person_key", "tahun", "periode"])
    ends = pd.to_datetime(rating["tahun"].astype(str) + "-12-31")
    recent = (ends <= again.last) & (ends + pd.DateOffset(years=2) >= again.last)
    rating = rating[(rating["periode"] == "TAHUNAN") & recent].sort_values("tahun")
    rating = rating.drop_duplicates("person_key", keep="last").set_index("person_key")
    predicate = {
        key: PREDICATES[int(row.hasil_kerja), int(row.perilaku_kerja)]
        for key, row in zip(rating.index, rating.itertuples(), strict=True)
    }
    sanctions = sanctions_of(again)
    recent = sanctions["tanggal_mulai"] + pd.DateOffset(years=5) > again.last
    points = sanctions.loc[recent, "tingkat"].map({"R": 3, "S": 2, "B": 1})
    sanctioned = points.groupby(sanctions.loc[recent, "person_key"]).min()
    ever = set(sanctions["person_key"])
    senders = {name: reporting(again, name) for name in ("kinerja", "hukuman_disiplin")}
    found = []
    for key, row in zip(people.index, people.itertuples(), strict=True):
        if row.status_asn != "PNS":
            found.append((None,) * 4)
            continue
        kind = str(row.jenis_jabatan)
        first = 15 * (key in leadership) if kind == "1" else 15 * (key in functional)
        trained = (
            22.5 * (key in technical) + 17.5 * (key in seminar)
            if kind == "4"
            else first + 15 * (key in technical) + 10 * (key in seminar)
        )
        is_known = row.agency_code in sender or key in trained_people
        appraisal = PERFORMANCE.get(predicate.get(key, 0), 0)
        has_appraisal = row.agency_code in senders["kinerja"] or key in predicate
        has_register = row.agency_code in senders["hukuman_disiplin"] or key in ever
        found.append(
            (
                QUALIFICATION.get(row.tingkat_pendidikan),
                trained if is_known else None,
                appraisal if has_appraisal else None,
                sanctioned.get(key, 5) if has_register else None,
            )
        )
    names = ["qualification", "competency", "performance", "discipline"]
    return pd.DataFrame(found, columns=names, index=people.index, dtype=float)


def test_professionalism(again: Recomputed) -> None:
    found = dimensions(again)
    found["ip_asn"] = found.sum(axis=1, skipna=False)
    found["category"] = [
        None if pd.isna(v) else next((c for c, low in CATEGORIES if v > low), "very_low")
        for v in found["ip_asn"]
    ]
    expected = {(key,): row for key, row in found.to_dict("index").items()}
    mart = again.mart("marts.professionalism_person")
    assert compare(mart, ["person_key"], expected) > 5_000
    people = again.people.assign(
        ip=again.people["person_key"].map(found["ip_asn"]),
        category=again.people["person_key"].map(found["category"]),
    )

    def measure(part: pd.DataFrame) -> Measures:
        counts = {c: int((part["category"] == c).sum()) for c in [*dict(CATEGORIES), "very_low"]}
        measured = int(part["ip"].notna().sum())
        return {
            "people": len(part),
            "measured": measured,
            "measured_share": ratio(measured, len(part)),
            "ip_asn": float(part["ip"].mean()) if measured else None,
            **{f"{name}": number for name, number in counts.items()},
        }

    index = again.mart("marts.professionalism_index")
    keys = ["agency_code", "status_asn"]
    assert compare(index, ["agency_code", "employment_status"], rolled(people, keys, measure)) > 200
