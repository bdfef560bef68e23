"""Competency, learning and workforce marts against the same month computed in pandas."""

from typing import Any

import pandas as pd
import pytest
from recompute import NINE, Measures, Recomputed, compare, ratio, rolled

pytestmark = pytest.mark.slow

METHODS = ["ASSESSMENT_CENTER", "CACT", "SIMULASI", "WAWANCARA", "STUDI_KASUS", "PORTOFOLIO"]


def test_coverage_of_assessments(again: Recomputed) -> None:
    results = again.assessments[again.assessments["kode_kompetensi"].isin(NINE)]
    ends = [again.last + pd.offsets.MonthEnd(months) for months in (3, 6, 12)]
    expected = {}
    for method in [*METHODS, None]:
        known = results if method is None else results[results["metode"] == method]
        valid = known[known["is_valid"]]
        until = valid.groupby(["person_key", "kode_kompetensi"])["valid_until"].max()
        first = until.groupby("person_key").min()
        competencies = until.groupby("person_key").size()
        people = again.people.assign(
            is_known=again.people["person_key"].isin(known["person_key"]),
            valid=again.people["person_key"].map(competencies).fillna(0),
            first=again.people["person_key"].map(first),
        )

        def measure(part: pd.DataFrame) -> Measures:
            assessed = int((part["valid"] > 0).sum())
            return {
                "people": len(part),
                "assessed": assessed,
                "coverage": ratio(assessed, len(part)),
                "fully_assessed": int((part["valid"] == 9).sum()),
                "expiring_3_months": int((part["first"] <= ends[0]).sum()),
                "expiring_6_months": int((part["first"] <= ends[1]).sum()),
                "expiring_12_months": int((part["first"] <= ends[2]).sum()),
                "expired": int((part["is_known"] & (part["valid"] == 0)).sum()),
                "never_assessed": int((~part["is_known"]).sum()),
            }

        for key, values in rolled(people, ["agency_code", "jenjang_jabatan"], measure).items():
            expected[(*key, method)] = values
    mart = again.mart("marts.assessment_coverage")
    assert compare(mart, ["agency_code", "position_level", "method"], expected) > 1000


def test_gaps_by_field(again: Recomputed) -> None:
    def measure(part: pd.DataFrame) -> Measures:
        assessed = part[part["gap"].notna()]
        return {
            "people": part["person_key"].nunique(),
            "requirements": len(part),
            "assessed": len(assessed),
            "coverage": ratio(len(assessed), len(part)),
            "required_mean": float(part["level_standar"].mean()),
            "achieved_mean": ratio(assessed["level_capaian"].sum(), len(assessed)),
            "gap_mean": ratio(assessed["gap"].sum(), len(assessed)),
            "met": int((assessed["gap"] >= 0).sum()),
            "mild": int((assessed["gap"] == -1).sum()),
            "moderate": int((assessed["gap"] == -2).sum()),
            "severe": int((assessed["gap"] <= -3).sum()),
            "default_standard_share": ratio(part["is_default"].sum(), len(part)),
        }

    keys = ["agency_code", "field", "family"]
    expected = rolled(again.gaps, keys, measure)
    mart = again.mart("marts.competency_gap_field")
    assert compare(mart, ["agency_code", "job_family", "family"], expected) > 1000


def test_access_to_learning(again: Recomputed) -> None:
    regions = pd.read_csv(again.home / "reference" / "wilayah.csv", dtype=str)
    regions = regions.set_index("kode_wilayah")
    hours = again.mart("core.int_learning__person_year")
    people = again.people.merge(hours[["person_key", "is_reported", "hours", "hours_e_learning"]])
    assert len(people) == len(again.people)
    remote = people["kode_wilayah"].map(regions["terpencil"])
    people = people.assign(
        region_class=remote.map({"Y": "remote", "T": "other"}).fillna("unknown"),
        province=people["kode_wilayah"].map(regions["kode_provinsi"]).fillna("TIDAK_DIKETAHUI"),
    )

    def measure(part: pd.DataFrame) -> Measures:
        known = part[part["is_reported"]]
        if known.empty:
            return {"people": len(part), "people_reported": 0, "with_learning": None}
        learners = int((known["hours"] > 0).sum())
        return {
            "people": len(part),
            "people_reported": len(known),
            "with_learning": learners,
            "with_learning_share": ratio(learners, len(known)),
            "with_e_learning": int((known["hours_e_learning"] > 0).sum()),
            "hours_mean": float(known["hours"].mean()),
            "e_learning_share": ratio(known["hours_e_learning"].sum(), known["hours"].sum()),
        }

    expected = rolled(people, ["region_class", "province"], measure)
    mart = again.mart("marts.learning_access")
    assert compare(mart, ["region_class", "province_code"], expected) > 50


def test_workforce_plan(again: Recomputed) -> None:
    place = ["agency_code", "kode_jabatan", "kode_unor"]
    people = again.people.assign(
        level=again.people["listed_level"].where(
            again.people["is_listed"], again.people["jenjang_jabatan"]
        )
    )
    held = people.groupby(place)["person_key"].size()
    retiring = people[people["bulan_ke_pensiun"] <= 12].groupby(place)["person_key"].size()
    listed = again.positions.set_index(place)
    positions = listed.assign(
        filled=held.reindex(listed.index).fillna(0),
        retiring=retiring.reindex(listed.index).fillna(0),
    ).reset_index()
    positions["short"] = positions["kebutuhan"] - positions["filled"]
    positions = positions.rename(columns={"rumpun_jabatan": "field", "jenjang_jabatan": "level"})
    rows = pd.concat([positions.assign(is_person=False), people.assign(is_person=True)])
    gaps = again.gaps.assign(
        level=again.gaps["listed_level"].where(
            again.gaps["is_listed"], again.gaps["jenjang_jabatan"]
        )
    )
    lacking = rolled(gaps[gaps["gap"] < 0], ["agency_code", "level", "field"], most_lacking)

    def measure(part: pd.DataFrame) -> Measures:
        seats, staff = part[~part["is_person"].astype(bool)], part[part["is_person"].astype(bool)]
        short, months = seats["short"], staff["bulan_ke_pensiun"]
        found: dict[str, Any] = {
            "needed": int(seats["kebutuhan"].sum()) if len(seats) else None,
            "filled": len(staff),
            "unlisted": int((~staff["is_listed"].astype(bool)).sum()),
            "vacant": int(short[short > 0].sum()) if len(seats) else None,
            "surplus": int(-short[short < 0].sum()) if len(seats) else None,
            "net_need_12_months": int((short + seats["retiring"]).sum()) if len(seats) else None,
            "retirement_known": int(months.notna().sum()),
        }
        for horizon in (12, 24, 36, 60):
            count = int((months <= horizon).sum()) if months.notna().any() else None
            found[f"retiring_{horizon}_months"] = count
        return found

    expected = rolled(rows, ["agency_code", "level", "field"], measure)
    nobody = {f"lacking_competency_{place}": None for place in (1, 2, 3)}
    expected = {key: {**values, **lacking.get(key, nobody)} for key, values in expected.items()}
    mart = again.mart("marts.workforce_plan")
    assert compare(mart, ["agency_code", "position_level", "job_family"], expected) > 1000


def most_lacking(part: pd.DataFrame) -> Measures:
    """Return the three competencies that most people lack."""
    found = part.groupby("kode_kompetensi")["gap"].agg(["size", "sum"]).reset_index()
    found = found.sort_values(["size", "sum", "kode_kompetensi"], ascending=[False, True, True])
    codes = [*found["kode_kompetensi"], None, None, None]
    return {f"lacking_competency_{place + 1}": codes[place] for place in range(3)}


def test_quality_of_recruitment(again: Recomputed) -> None:
    rows = again.dataset("seleksi").sort_values(["period", "row_number"], ascending=[False, True])
    rows = rows.drop_duplicates(["agency_code", "applicant_key"])
    rows = rows[rows["tahun"].between(again.first.year - 1, again.first.year)]
    levels = again.positions.groupby(["agency_code", "kode_jabatan"])["jenjang_jabatan"].min()
    keys = zip(rows["agency_code"], rows["kode_jabatan"], strict=True)
    rows = rows.assign(level=[levels.get(key, "TIDAK_DIKETAHUI") for key in keys])
    standards = {
        "CPNS": {"skor_skd": 56.5},
        "PPPK": {"skor_teknis": 50.0, "skor_manajerial": 58.5, "skor_sosiokultural": 58.5},
    }

    def is_below(row: dict[str, Any]) -> bool | None:
        known = [
            row[name] < bound
            for name, bound in standards[row["jalur"]].items()
            if not pd.isna(row[name])
        ]
        return any(known) if known else None

    rows["below"] = pd.Series(
        [is_below(row) for row in rows.to_dict("records")], rows.index, object
    )

    def measure(part: pd.DataFrame) -> Measures:
        hired, others = part[part["lulus_akhir"] == "Y"], part[part["lulus_akhir"] == "T"]
        measured = hired[hired["below"].notna()]
        below = int((measured["below"] == True).sum()) if len(measured) else None  # noqa: E712
        found: dict[str, Any] = {
            "applicants": len(part),
            "passed_administration": int((part["lulus_administrasi"] == "Y").sum()),
            "hired": len(hired),
            "not_hired": len(others),
            "hired_share": ratio(len(hired), len(hired) + len(others)),
            "hired_measured": len(measured),
            "hired_below_standard": below,
        }
        names = {"basic": "skd", "technical": "teknis", "managerial": "manajerial"}
        for name, score in {**names, "sociocultural": "sosiokultural"}.items():
            for group, those in (("hired", hired), ("not_hired", others)):
                scores = those[f"skor_{score}"].astype(float)
                found[f"{name}_mean_{group}"] = float(scores.mean())
        return found

    expected = rolled(rows, ["agency_code", "jalur", "level"], measure)
    mart = again.mart("marts.recruitment_quality")
    assert compare(mart, ["agency_code", "track", "position_level"], expected) > 200
