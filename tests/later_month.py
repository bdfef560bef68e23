"""The month with faults two months later, with rows put into its lake by hand.

What a single simulated month cannot show: appraisals after a course, surveys of last year, an
agency that has ended, one whose roster is too old, revisions, replays, files that come late.
"""

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from e2e_home import settings_over
from recompute.lake import Lake

from asn_warehouse import build
from asn_warehouse.build import BuildContext
from asn_warehouse.periods import Period

PERIOD = "2026-12"
KNOWN_UNTIL = datetime(2027, 1, 31)
ENDED, BIG, NEIGHBOUR, SMALL = "4012", "3024", "6100", "4011"
COURSE = {"kode_program": "LINTAS-1", "angkatan": "1"}


@dataclass
class Hand:
    """Rows and submissions to be written into a lake, by dataset and month."""

    lake: Path
    rows: dict[tuple[str, str], list[pd.DataFrame]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)

    def send(self, dataset: str, frame: pd.DataFrame, period: str = PERIOD, **about: Any) -> None:
        """Add a submission of each agency in ``frame``; ``about`` overrides its row in the log."""
        for agency, part in frame.groupby("agency_code"):
            revision = about.get("revision", 1)
            name = f"s-{dataset}-{agency}-{period}-{revision}"
            numbers = range(2, len(part) + 2)
            rows = part.assign(submission_id=name, row_number=numbers, warnings=None)
            self.rows.setdefault((dataset, period), []).append(rows)
            self.note(dataset, str(agency), period, rows_accepted=len(part), **about)

    def note(self, dataset: str, agency: str, period: str = PERIOD, **about: Any) -> None:
        """Add a row to the log of submissions."""
        revision, accepted = about.get("revision", 1), about.get("rows_accepted", 0)
        name = f"s-{dataset}-{agency}-{period}-{revision}"
        month = pd.Timestamp(f"{period}-01") + pd.offsets.MonthEnd(0)
        row = {
            "submission_id": name, "agency_code": agency, "dataset": dataset, "revision": revision,
            "received_at": month + pd.Timedelta(days=4, hours=3), "file_name": f"{dataset}.csv",
            "file_format": "csv", "file_sha256": f"sha of {name}", "file_bytes": 1,
            "status": "diterima", "refusal_rule": None, "rows_read": accepted,
            "rows_rejected": 0, "rows_warned": 0, "rows_replayed": 0,
            "cells_total": 10 * accepted, "cells_filled": 9 * accepted + int(agency) % 7,
            "top_reasons": "[]",
            "batch_id": f"hand-{dataset}-{period}", "period": period,
        }  # fmt: skip
        self.log.append(row | about)

    def write(self) -> None:
        """Write everything, rows first."""
        for (dataset, period), frames in self.rows.items():
            self._write(dataset, period, f"hand-{dataset}-{period}", pd.concat(frames))
        for period, rows in pd.DataFrame(self.log).groupby("period"):
            self._write("submission", str(period), f"hand-{period}", rows)

    def _write(self, dataset: str, period: str, name: str, rows: pd.DataFrame) -> None:
        folder = self.lake / dataset / f"period={period}"
        folder.mkdir(parents=True, exist_ok=True)
        schema = pq.read_schema(next((self.lake / dataset).glob("period=2026-09/*.parquet")))
        wanted = {column.name: rows.get(column.name) for column in schema}
        frame = pd.DataFrame(wanted, index=rows.index)
        schema = pa.schema([column.with_nullable(True) for column in schema])
        table = pa.Table.from_pandas(frame, schema, preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet")


def later_month(home: Path, later: Path) -> BuildContext:
    """Copy the lake of ``home``, add what agencies sent for December, and build that month."""
    for folder in ("lake", "reference"):
        shutil.copytree(home / folder, later / folder)
    _change_reference(later / "reference")
    known = Lake(later, later, "2026-10", KNOWN_UNTIL)
    hand, draw = Hand(later / "lake"), np.random.default_rng(7)
    staff = known.rows("pegawai")
    _send_rosters(hand, staff)
    _send_positions(hand, known)
    _send_appraisals(hand, staff, draw)
    _send_learning(hand, staff, draw)
    _send_surveys(hand, known, draw)
    _send_careers(hand, staff)
    _send_odd_files(hand)
    hand.write()
    return build.build(settings_over(later), Period.parse(PERIOD), KNOWN_UNTIL)


def _change_reference(folder: Path) -> None:
    agencies = pd.read_csv(folder / "instansi.csv", dtype=str)
    ended = agencies["kode_instansi"] == ENDED
    agencies.loc[ended, ["berlaku_sampai", "kode_pengganti"]] = ["2026-11-30", "4011"]
    agencies.to_csv(folder / "instansi.csv", index=False)
    calendar = pd.read_csv(folder / "kalender.csv", dtype=str)
    december = calendar[calendar["period"] == "2026-10"]
    december = december.assign(period=PERIOD, jatuh_tempo="2027-01-08")
    pd.concat([calendar, december]).to_csv(folder / "kalender.csv", index=False)


def _send_rosters(hand: Hand, staff: pd.DataFrame) -> None:
    """Send two rosters, one of them twice; eight people are in two of them, six have moved."""
    own = staff[staff["agency_code"] == NEIGHBOUR]
    moved = pd.concat([_movers(staff), staff[staff["agency_code"] == "7800"].head(2)])
    moved = moved.assign(agency_code=NEIGHBOUR, tmt_jabatan=pd.Timestamp("2026-11-15"))
    moved = moved.assign(kode_unor=own["kode_unor"].iloc[0], kode_wilayah="9999")
    hand.send("pegawai", pd.concat([own, moved]))
    big = staff[staff["agency_code"] == BIG].copy()
    big.loc[big["jenjang_jabatan"] == "ADMINISTRATOR", "status_asn"] = "PPPK"
    hand.send("pegawai", big.head(100))
    hand.send(
        "pegawai", big, revision=2, received_at=pd.Timestamp("2027-01-06 02:00"),
        rows_read=len(big) + 5, rows_rejected=5, rows_warned=3, status="diterima_sebagian",
        top_reasons='[["pegawai.nip.format", 5]]',
    )  # fmt: skip
    hand.send("pegawai", _graduates(staff).assign(tingkat_pendidikan="50"))


def _graduates(staff: pd.DataFrame) -> pd.DataFrame:
    """Return the twelve who are left in a small agency; they took every course there was."""
    rows = staff[(staff["agency_code"] == SMALL) & (staff["status_asn"] == "PNS")]
    return rows[rows["kedudukan_hukum"] == "01"].head(12)


def _send_positions(hand: Hand, known: Lake) -> None:
    """Send a list of positions that needs two people in one strategic seat and none in another."""
    rows = known.rows("jabatan")
    rows = rows[rows["agency_code"] == BIG].copy()
    strategic = rows.index[rows["strategis"] == "Y"]
    rows.loc[strategic[0], "kebutuhan"], rows.loc[strategic[1], "kebutuhan"] = 2, 0
    hand.send("jabatan", rows)


def _movers(staff: pd.DataFrame) -> pd.DataFrame:
    active = staff[(staff["agency_code"] == BIG) & (staff["kedudukan_hukum"] == "01")]
    return active[active["jenjang_jabatan"] == "PELAKSANA"].head(6)


def _participants(staff: pd.DataFrame) -> pd.DataFrame:
    """Return every second person of alike agency and level, so that both halves are alike."""
    order = ["agency_code", "jenjang_jabatan", "kelompok_usia", "masa_kerja_tahun", "person_key"]
    rows = staff[staff["kedudukan_hukum"] == "01"].sort_values(order)
    return rows[rows.groupby(["agency_code", "jenjang_jabatan"]).cumcount() % 2 == 0]


def _send_appraisals(hand: Hand, staff: pd.DataFrame, draw: np.random.Generator) -> None:
    """Send the appraisals of 2026, better ones for participants; one agency's come late."""
    better = staff["person_key"].isin(_participants(staff)["person_key"])
    marks = draw.choice([1, 2, 3], (len(staff), 2), p=[0.15, 0.7, 0.15])
    marks[better] = draw.choice([1, 2, 3], (int(better.sum()), 2), p=[0.5, 0.45, 0.05])
    rows = staff[["agency_code", "person_key"]].assign(
        tahun=2026, periode="TAHUNAN", hasil_kerja=marks[:, 0], perilaku_kerja=marks[:, 1]
    )
    again = rows.head(30).assign(tahun=2025, hasil_kerja=3, perilaku_kerja=3)
    late = rows["agency_code"] == NEIGHBOUR
    hand.send("kinerja", pd.concat([rows[~late], again]))
    hand.send("kinerja", rows[late], received_at=pd.Timestamp("2027-01-12 18:00"))


def _send_learning(hand: Hand, staff: pd.DataFrame, draw: np.random.Generator) -> None:
    """Send runs of every odd kind and who took part in them."""
    runs = [
        (COURSE["kode_program"], "14", "M.03;DIG.77", "2026-03-02", "2026-03-06", 24, 250e6),
        ("LAMA-1", "1", "M.01", "2022-05-02", "2022-06-10", 120, 80e6),
        ("LAMA-2", "2", "T.01", "2023-02-01", "2023-02-20", 60, 90e6),
        ("SATU-1", "21", "M.02", "2026-05-04", "2026-05-08", 30, None),
        ("BUBAR-1", "19", "M.04", "2026-06-01", "2026-06-05", 16, 9e6),
        ("UJUNG-1", "23", "M.06", "2026-07-01", "2026-07-03", 10, 12e6),
        ("SENDIRI-1", "22", "T.01;DIG.01", "2026-08-03", "2026-08-07", 22, 0.0),
        ("RAPAT-1", "9", "SK.01", "2025-03-03", "2025-03-04", 8, 3e6),
    ]  # fmt: skip
    columns = ["kode_program", "jenis_diklat", "kode_kompetensi", "tanggal_mulai",
               "tanggal_selesai", "jumlah_jp", "biaya"]  # fmt: skip
    programs = pd.DataFrame(runs, columns=columns).assign(
        agency_code=BIG, angkatan="1", nama_program="Program", penyelenggara="LAN", kendala="WAKTU"
    )
    days = ["tanggal_mulai", "tanggal_selesai"]
    programs[days] = programs[days].apply(pd.to_datetime)
    hand.send("program_pelatihan", programs)
    took = _participants(staff)
    big = staff[(staff["agency_code"] == BIG) & (staff["status_asn"] == "PNS")]
    groups = [
        ("LINTAS-1", took, "LULUS"), ("LAMA-1", big[big["jenis_jabatan"] == "1"], "LULUS"),
        ("LAMA-2", big[big["jenis_jabatan"] == "2"].head(60), "LULUS"),
        ("SATU-1", big.head(1), "LULUS"), ("BUBAR-1", big.iloc[5:25], "MENGUNDURKAN_DIRI"),
        ("UJUNG-1", big.iloc[30:46], "LULUS"), ("SENDIRI-1", big.iloc[50:90], "LULUS"),
        ("TIADA-1", big.iloc[90:93], "LULUS"),
        ("LAMA-1", _graduates(staff), "LULUS"), ("LAMA-2", _graduates(staff), "LULUS"),
        ("SENDIRI-1", _graduates(staff), "LULUS"), ("RAPAT-1", _graduates(staff), "LULUS"),
    ]  # fmt: skip
    ends = programs.set_index("kode_program")["tanggal_selesai"]
    parts = [
        group[["agency_code", "person_key"]].assign(
            kode_program=code,
            status=status,
            tanggal_selesai=ends.get(code, pd.Timestamp("2026-09-01")),
        )
        for code, group, status in groups
    ]
    rows = pd.concat(parts, ignore_index=True).assign(angkatan="1", skala_maks=50.0, jp_diakui=None)
    pre = draw.integers(10, 40, len(rows)).astype(float)
    gain = draw.integers(-2, 10, len(rows))
    rows = rows.assign(nilai_pre=pre, nilai_post=pre + gain)
    edge = rows["kode_program"] == "UJUNG-1"
    rows.loc[edge, "nilai_pre"] = np.resize([0.0, 50.0, 25.0, 0.0], int(edge.sum()))
    certified = rows["person_key"] + rows["tanggal_selesai"].dt.year.astype(str)
    rows = rows.assign(certificate_key=certified)
    twice = rows[rows["person_key"].isin(_movers(staff)["person_key"])]
    twice = twice[twice["kode_program"] == COURSE["kode_program"]]
    twice = twice.assign(agency_code=NEIGHBOUR, certificate_key=None, jp_diakui=99.0)
    hand.send("peserta_pelatihan", pd.concat([rows, twice]))


def _send_surveys(hand: Hand, known: Lake, draw: np.random.Generator) -> None:
    """Send what was asked a year ago, services of every grade, and answers about the course."""
    job = known.rows("survei_kepuasan_kerja")
    spared = (job["butir"] == job["butir"].max()) & (np.arange(len(job)) % 5 != 0)
    job = job.assign(respondent_key="a" + job["respondent_key"], terbalik="T")
    hand.send("survei_kepuasan_kerja", job.assign(skor=(job["skor"] - 1).clip(lower=1)), "2025-11")
    asked = job[~spared]
    tokens = [asked.assign(respondent_key=mark + asked["respondent_key"]) for mark in "bc"]
    fresh = pd.concat(tokens, ignore_index=True)
    fresh.loc[fresh.index[:3], "kode_unor"] = "TIADA"
    reverse = (fresh["butir"] == fresh["butir"].min()).map({True: "Y", False: "T"})
    hand.send("survei_kepuasan_kerja", fresh.assign(terbalik=reverse))
    elements = [f"u{number}" for number in range(1, 10)]
    service = known.rows("survei_kepuasan_masyarakat")
    service = service.assign(respondent_key="a" + service["respondent_key"])
    worse = {u: (service[u] - 1).clip(lower=1) for u in elements}
    hand.send("survei_kepuasan_masyarakat", service.assign(**worse), "2025-11")
    fixed = [
        service.head(12).assign(
            kode_layanan=f"LYN-9{mark}", respondent_key=f"{mark}" + service["respondent_key"],
            **dict.fromkeys(elements, mark),
        )
        for mark in (2, 3, 4)
    ]  # fmt: skip
    hand.send("survei_kepuasan_masyarakat", pd.concat(fixed))
    items = {"REAKSI": ["MATERI", "METODE"], "PERILAKU": ["PENERAPAN", "PERUBAHAN_KERJA"]}
    people = pd.DataFrame({"agency_code": [BIG] * 40 + [NEIGHBOUR] * 15}).assign(**COURSE)
    people["respondent_key"] = [f"r{number}" for number in range(len(people))]
    pairs = [(stage, item) for stage, names in items.items() for item in names]
    answers = people.merge(pd.DataFrame(pairs, columns=["tahap", "butir"]), how="cross")
    answers["skor"] = draw.integers(2, 6, len(answers))
    answers.iloc[-2:, answers.columns.get_loc("kode_program")] = "TIADA-1"
    hand.send("survei_pelatihan", answers.iloc[1:])


def _send_careers(hand: Hand, staff: pd.DataFrame) -> None:
    """Send six transfers as both agencies tell them, and one to an agency that nobody knows."""
    movers = _movers(staff)
    rows = movers.assign(
        tmt=pd.Timestamp("2026-11-15"), jenis_perubahan="MUTASI", jenjang_asal="PELAKSANA",
        jenjang_tujuan="PELAKSANA", kode_jabatan_asal=movers["kode_jabatan"],
        kode_jabatan_tujuan=movers["kode_jabatan"], instansi_tujuan=NEIGHBOUR,
    )  # fmt: skip
    lost = rows.head(1).assign(
        tmt=pd.Timestamp("2026-12-01"), instansi_tujuan="9999", kode_jabatan_tujuan="THEIRS"
    )
    arrived = rows.assign(agency_code=NEIGHBOUR, kode_unor_tujuan="6100001")
    hand.send("riwayat_jabatan", pd.concat([rows, lost, arrived]))
    gone = staff[staff["agency_code"] == SMALL].tail(1)
    punished = pd.concat([staff[staff["agency_code"] == BIG].iloc[[60, 61]], gone]).assign(
        tanggal_mulai=pd.Timestamp("2025-12-15"), tingkat=["S", "B", "R"], tanggal_akhir=None
    )
    hand.send("hukuman_disiplin", punished)


def _send_odd_files(hand: Hand) -> None:
    """Send files that are refused, replayed, refused after a good one, or not known yet."""
    refused = {"status": "ditolak", "refusal_rule": "file.unreadable", "batch_id": "none"}
    early, later = pd.Timestamp("2027-01-03 01:00"), pd.Timestamp("2027-01-09 01:00")
    same = {"file_sha256": "same file"}
    hand.note("seleksi", BIG, received_at=early, **refused)
    hand.note("kinerja", BIG, revision=2, received_at=later, **refused)
    hand.note("potensi", "6173", received_at=early, **refused, **same)
    hand.note("potensi", "6173", revision=2, received_at=later, rows_replayed=1, **same)
    person = {"agency_code": ["6173"], "person_key": ["nobody"], "tahun": [2026]}
    marks = {"periode": ["TAHUNAN"], "hasil_kerja": [3], "perilaku_kerja": [3]}
    hand.send(
        "kinerja", pd.DataFrame(person | marks), revision=2,
        received_at=pd.Timestamp(KNOWN_UNTIL) + pd.Timedelta(hours=1),
    )  # fmt: skip
