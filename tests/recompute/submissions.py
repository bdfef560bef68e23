"""What agencies sent, how good it was and what hangs in the air, computed again."""

import numpy as np
import pandas as pd

from recompute.base import Recomputed
from recompute.facts import owners
from recompute.frames import first, pairs, share
from recompute.lake import SNAPSHOTS, codes, named

WEIGHTS = {"completeness": 30, "validity": 30, "timeliness": 20, "consistency": 20}
KEYS = ["agency_code", "dataset"]
COUNTS = ["rows_read", "accepted", "rejected", "warned", "replayed"]
OF_PEOPLE = [
    "penilaian_kompetensi", "potensi", "kinerja", "hukuman_disiplin", "rekam_jejak",
    "peserta_pelatihan", "riwayat_jabatan",
]  # fmt: skip


def sent(again: Recomputed, dataset: str) -> pd.DataFrame:
    """Return the rows that are held against the rest: of the period, or a snapshot that counts."""
    rows = again.rows(dataset).assign(dataset=dataset)
    if dataset not in SNAPSHOTS:
        rows = rows[rows["period"] == again.period]
    return rows


def unknown_people(again: Recomputed) -> pd.DataFrame:
    """Return rows of people in no roster; who has left the service need not be in one."""
    rows = pd.concat([sent(again, dataset) for dataset in OF_PEOPLE])
    rows = rows[rows["jenis_perubahan"].ne("BERHENTI")]
    return rows[~rows["person_key"].isin(again.roster["person_key"])]


def unknown_programs(again: Recomputed) -> pd.DataFrame:
    """Return participations in and answers about runs that nobody sent."""
    datasets = ("peserta_pelatihan", "survei_pelatihan")
    rows = pd.concat([sent(again, dataset) for dataset in datasets], ignore_index=True)
    rows = rows.rename(columns={"kode_program": "program_code", "angkatan": "run"})
    return rows[owners(again, rows).isna()]


def unknown_positions(again: Recomputed) -> pd.DataFrame:
    """Return rows with a position that is not on the agency's list; of moves those of the month."""
    moves = sent(again, "riwayat_jabatan")
    own = moves["instansi_tujuan"].isna() | (moves["instansi_tujuan"] == moves["agency_code"])
    moves = moves[own & moves["tmt"].between(again.first, again.last)]
    moves = moves.assign(kode_jabatan=moves["kode_jabatan_tujuan"])
    others = [sent(again, name) for name in ("pegawai", "standar_kompetensi", "seleksi")]
    rows = pd.concat([moves[moves["kode_jabatan"].notna()], *others])
    listed = pairs(again.rows("jabatan"), ["agency_code", "kode_jabatan"])
    return rows[~pairs(rows, ["agency_code", "kode_jabatan"]).isin(listed)]


def unknown_competencies(again: Recomputed) -> pd.DataFrame:
    """Return rows with a technical or digital competency that the agency's dictionary lacks."""
    names = ("standar_kompetensi", "rencana_pengembangan", "penilaian_kompetensi",
             "program_pelatihan")  # fmt: skip
    rows = pd.concat([sent(again, name) for name in names], ignore_index=True)
    dictionary = again.rows("kompetensi")
    rows = rows[rows["agency_code"].isin(dictionary["agency_code"])]
    single = rows.assign(kode_kompetensi=rows["kode_kompetensi"].str.split(";"))
    single = single.explode("kode_kompetensi")
    single["kode_kompetensi"] = single["kode_kompetensi"].str.strip()
    single = single[single["kode_kompetensi"].str.match(r"(T|DIG)\.", na=False)]
    known = pairs(dictionary, ["agency_code", "kode_kompetensi"])
    lost = single[~pairs(single, ["agency_code", "kode_kompetensi"]).isin(known)]
    return rows.loc[lost.index.unique()]


def unknown_units(again: Recomputed) -> pd.DataFrame:
    """Return answers about the job from units in neither roster nor list of positions."""
    rows, places = sent(again, "survei_kepuasan_kerja"), ["agency_code", "kode_unor"]
    known = pd.concat([again.rows(name)[places] for name in ("pegawai", "jabatan")])
    return rows[~pairs(rows, places).isin(pairs(known, places))]


def unknown_agencies(again: Recomputed) -> pd.DataFrame:
    """Return moves to agencies that were never in the list."""
    rows = sent(again, "riwayat_jabatan")
    listed = again.reference("instansi")["kode_instansi"]
    return rows[rows["instansi_tujuan"].notna() & ~rows["instansi_tujuan"].isin(listed)]


def orphan(again: Recomputed) -> pd.DataFrame:
    """Return submission_orphan."""
    found = {
        "person_unknown": unknown_people(again),
        "program_unknown": unknown_programs(again),
        "position_unknown": unknown_positions(again),
        "competency_unknown": unknown_competencies(again),
        "unit_unknown": unknown_units(again),
        "agency_unknown": unknown_agencies(again),
    }
    rows = pd.concat([part.assign(reason=reason) for reason, part in found.items()])
    rows = rows[rows["agency_code"].isin(again.in_force)]
    if "person_key" not in rows:
        rows["person_key"] = None
    grouped = rows.groupby([*KEYS, "reason"], as_index=False)
    counted = grouped.agg(rows=("row_number", "size"), persons=("person_key", "nunique"))
    reason = counted["reason"]
    counted = counted.assign(
        persons=counted["persons"].where(counted["persons"] > 0),
        reason_name_id=reason.map(named("orphan_reason", "label_id")),
        reason_name_en=reason.map(named("orphan_reason", "label_en")),
        is_left_out=reason.isin(["person_unknown", "program_unknown"]),
    )
    return again.finished(counted)


def received(again: Recomputed) -> pd.DataFrame:
    """Return of each dataset of the period the file that stands, and when the first good one came.

    A replay admits rows of a file sent before: that file came when it was sent.
    """
    log = again.log[again.log["period"] == again.period].rename(
        columns={"rows_accepted": "accepted", "rows_rejected": "rejected", "rows_warned": "warned",
                 "rows_replayed": "replayed", "received_at": "came_at"}
    )  # fmt: skip
    log = log.assign(replayed=log["replayed"].fillna(0), is_refused=log["status"] == "ditolak")
    file = [*KEYS, "file_sha256"]
    is_good = ~log.groupby(file)["is_refused"].transform("all")
    log = log.assign(first_at=log["came_at"].where(is_good), is_replay=log["replayed"] > 0)
    order = {"revision": False, "came_at": False, "submission_id": False}
    stands = first(log, KEYS, is_refused=True, **order).set_index(KEYS)
    last = first(log, KEYS, is_replay=True, **order).set_index(KEYS)
    last = last.reindex(stands.index)
    last_rule = last["refusal_rule"].where(last["first_at"].isna())
    grouped = log.groupby(KEYS)
    first_at = grouped["first_at"].min().reindex(stands.index)
    admitted = ~stands["is_refused"]
    found = stands[["top_reasons"]].assign(
        is_admitted=admitted,
        revisions=grouped.size(),
        received_at=first_at.fillna(stands["came_at"]),
        revised_at=stands["came_at"].where(stands["came_at"] > first_at),
        refusal_rule=last_rule,
        has_refused_revision=admitted & last_rule.notna(),
    )
    numbers = [*COUNTS, "cells_total", "cells_filled"]
    found[numbers] = stands[numbers].where(admitted)
    return found.reset_index()


def excluded(again: Recomputed) -> pd.DataFrame:
    """Return how many people of each roster count, and why the others do not."""
    reason = again.roster["reason"].fillna("counted")
    found = pd.crosstab(again.roster["agency_code"], reason)
    names = {
        "counted": "people_counted", "inactive": "excluded_inactive",
        "duplicate_person": "excluded_duplicate_person", "unknown_agency": "excluded_other",
    }  # fmt: skip
    found = found.reindex(columns=list(names), fill_value=0).rename(columns=names)
    return found.reset_index().assign(dataset="pegawai")


def scorecard(again: Recomputed) -> pd.DataFrame:
    """Return submission_scorecard: every agency and dataset, sent or not."""
    rows = pd.DataFrame({"agency_code": list(again.in_force)})
    rows = rows.merge(codes("dataset")["code"].rename("dataset"), how="cross")
    calendar = again.reference("kalender")
    calendar = calendar[calendar["period"] == again.period].set_index("dataset")
    due = pd.to_datetime(rows["dataset"].map(calendar["jatuh_tempo"]))
    expected = rows["dataset"].map(calendar["wajib"]) == "Y"
    rows = rows.merge(received(again), how="left", on=KEYS)
    rows = rows.merge(excluded(again), how="left", on=KEYS)
    orphans = again.once(orphan).groupby(KEYS)["rows"].sum().rename("orphans").reset_index()
    rows = rows.merge(orphans, how="left", on=KEYS)
    old = pd.MultiIndex.from_tuples(
        [(agency, name) for name in SNAPSHOTS
         for agency in again.rows(name).query("is_carried_forward")["agency_code"].unique()],
        names=KEYS,
    )  # fmt: skip
    is_admitted, is_old = rows.pop("is_admitted").eq(True), pairs(rows, KEYS).isin(old)
    due_at = due + pd.Timedelta(hours=17)  # midnight in Jakarta, in UTC
    in_time = rows["received_at"] < due_at
    came = (rows["received_at"] + pd.Timedelta(hours=7)).dt.normalize()
    points = (100 - 5 * (came - due).dt.days).clip(lower=0).mask(in_time, 100).where(is_admitted, 0)
    rows = rows.assign(
        status=np.select(
            [~expected, is_admitted & in_time, is_admitted, rows["received_at"].notna()],
            ["not_expected", "on_time", "late", "refused"],
            "missing",
        ),
        due_at=due_at,
        revisions=rows["revisions"].fillna(0),
        has_refused_revision=rows["has_refused_revision"].eq(True),
        is_carried_forward=is_old,
        orphans=rows["orphans"].fillna(0).where(is_admitted | is_old),
        reject_rate=share(rows["rejected"], rows["rows_read"]),
        completeness=100 * share(rows.pop("cells_filled"), rows.pop("cells_total")),
        validity=100 * share(rows["accepted"], rows["rows_read"]),
        timeliness=points,
    )
    lost = np.minimum(rows["orphans"], rows["accepted"])
    rows["consistency"] = 100 * (1 - share(lost, rows["accepted"]))
    for name in WEIGHTS:
        rows[name] = rows[name].where(expected)
    weight = pd.Series(WEIGHTS)
    given = (rows[list(WEIGHTS)].notna() * weight).sum(axis=1)
    rows["score"] = (rows[list(WEIGHTS)] * weight).sum(axis=1) / given.where(given > 0)
    return again.finished(rows)


MARTS = {
    "submission_scorecard": (KEYS, scorecard),
    "submission_orphan": ([*KEYS, "reason"], orphan),
}
