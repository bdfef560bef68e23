"""Appraisals, programme runs, participations and answers about them."""

from typing import TYPE_CHECKING

import pandas as pd

from recompute.frames import first, pairs
from recompute.lake import named

if TYPE_CHECKING:
    from recompute.base import Recomputed

PREDICATE = {
    (1, 1): 1, (1, 2): 2, (1, 3): 4, (2, 1): 2, (2, 2): 2, (2, 3): 4,
    (3, 1): 3, (3, 2): 3, (3, 3): 5,
}  # fmt: skip
POINTS = {1: 100, 2: 80, 3: 60, 4: 40, 5: 20}
RUN = ["program_agency_code", "program_code", "run"]


def appraisals(again: "Recomputed") -> pd.DataFrame:
    """Return each person's yearly appraisals of the last years that ended by the last day."""
    rows = again.events("kinerja", ["person_key", "tahun", "periode"])
    ended_on = pd.to_datetime(rows["tahun"].astype(str) + "-12-31")
    rows = rows.assign(year=rows["tahun"], ended_on=ended_on)
    rows = rows[(rows["periode"] == "TAHUNAN") & (ended_on <= again.last)]
    rows = rows[rows["year"] >= again.year - 3]
    marks = zip(rows["hasil_kerja"], rows["perilaku_kerja"], strict=True)
    rows = rows.assign(predicate=[PREDICATE.get(mark) for mark in marks])
    return rows.assign(points=rows["predicate"].map(POINTS))


def programs(again: "Recomputed") -> pd.DataFrame:
    """Return programme runs, of each the one sent last."""
    rows = again.events("program_pelatihan", ["agency_code", "kode_program", "angkatan"])
    rows = rows.rename(
        columns={
            "agency_code": "program_agency_code", "kode_program": "program_code",
            "angkatan": "run", "nama_program": "program_name", "jenis_diklat": "learning_form",
            "kode_kompetensi": "competency_codes", "tanggal_mulai": "starts_on",
            "tanggal_selesai": "ends_on", "jumlah_jp": "hours", "penyelenggara": "provider",
            "biaya": "cost", "kendala": "obstacle",
        }
    )  # fmt: skip
    form = rows["learning_form"].astype(str)
    return rows.assign(
        learning_form=form, form_group=form.map(named("learning_form", "form_group"))
    )


def owners(again: "Recomputed", rows: pd.DataFrame) -> pd.Series:
    """Return whose run each row means: the sender's own, else that of the only agency with one."""
    own = pairs(again.programs, RUN)
    is_own = pairs(rows, ["agency_code", "program_code", "run"]).isin(own)
    runs = again.programs.groupby(RUN[1:])["program_agency_code"].agg(["size", "first"])
    sole = runs[runs["size"] == 1]["first"].rename("sole").reset_index()
    found = rows[RUN[1:]].merge(sole, how="left", on=RUN[1:])["sole"]
    return rows["agency_code"].where(is_own, pd.Series(found.to_numpy(), rows.index))


def learning(again: "Recomputed") -> pd.DataFrame:
    """Return participations with run, hours and scores from 0 to 100.

    ``is_second``: an earlier row has the same certificate of the same day, or the same run.
    """
    keys = ["agency_code", "person_key", "kode_program", "angkatan"]
    rows = again.events("peserta_pelatihan", keys)
    rows = rows.rename(
        columns={
            "kode_program": "program_code",
            "angkatan": "run",
            "tanggal_selesai": "completed_on",
        }
    )
    rows["program_agency_code"] = owners(again, rows)
    taken = again.programs[[*RUN, "learning_form", "form_group", "hours", "starts_on", "ends_on"]]
    rows = rows.merge(taken, how="left", on=RUN)
    scale = rows["skala_maks"].astype(float).where(rows["skala_maks"] > 0)
    rows = rows.assign(
        is_completed=rows["status"] == "LULUS",
        is_known=rows["person_key"].isin(again.roster["person_key"]),
        has_run=rows["program_agency_code"].notna(),
        pre=100 * rows["nilai_pre"].astype(float) / scale,
        post=100 * rows["nilai_post"].astype(float) / scale,
        hours=rows["jp_diakui"].astype(float).fillna(rows["hours"]),
    )
    rows["is_poor"] = ~(rows["is_completed"] & rows["has_run"])
    sent = {"month": True, "agency_code": True, "program_code": True, "run": True}
    certified = rows[rows["certificate_key"].notna()]
    kept = first(certified, ["person_key", "certificate_key", "completed_on"], is_poor=True, **sent)
    second = certified.index.difference(kept.index)
    rows["is_bare"] = rows["certificate_key"].isna()
    own = rows[rows["has_run"]]
    kept = first(own, ["person_key", *RUN], is_poor=True, is_bare=True, **sent)
    return rows.assign(is_second=rows.index.isin(second.union(own.index.difference(kept.index))))


def completed(again: "Recomputed") -> pd.DataFrame:
    """Return what counts as learned up to the last day: finished, of a known run, once."""
    rows = again.learning
    rows = rows[rows["is_completed"] & rows["has_run"] & ~rows["is_second"]]
    rows = rows[rows["completed_on"] <= again.last]
    return rows.assign(hours=rows["hours"].fillna(0.0))


def answers(again: "Recomputed") -> pd.DataFrame:
    """Return answers about known programme runs."""
    keys = ["agency_code", "respondent_key", "kode_program", "angkatan", "tahap", "butir"]
    rows = again.events("survei_pelatihan", keys)
    rows = rows.rename(columns={"kode_program": "program_code", "angkatan": "run"})
    rows["program_agency_code"] = owners(again, rows)
    return rows[rows["program_agency_code"].notna()]
