"""People, places, standards, results and moves: what most marts of a month rest on."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from recompute import facts
from recompute.frames import TOTAL, first, is_total
from recompute.lake import Lake, codes, named

ACTIVE = {"01", "03", "15", "16"}
NINE = [*(f"M.0{number}" for number in range(1, 9)), "SK.01"]
DEFAULT_LEVEL = {
    "JPT_UTAMA": 5, "JPT_MADYA": 5, "JPT_PRATAMA": 4, "ADMINISTRATOR": 3, "PENGAWAS": 2,
    "PELAKSANA": 1, "AHLI_UTAMA": 5, "AHLI_MADYA": 4, "AHLI_MUDA": 3, "AHLI_PERTAMA": 2,
    "PENYELIA": 3, "MAHIR": 2, "TERAMPIL": 1, "PEMULA": 1,
}  # fmt: skip
LADDERS = [
    ["PELAKSANA", "PENGAWAS", "ADMINISTRATOR", "JPT_PRATAMA", "JPT_MADYA", "JPT_UTAMA"],
    ["PEMULA", "TERAMPIL", "MAHIR", "PENYELIA"],
    ["AHLI_PERTAMA", "AHLI_MUDA", "AHLI_MADYA", "AHLI_UTAMA"],
]
STEP = {level: (n, rank) for n, ladder in enumerate(LADDERS) for rank, level in enumerate(ladder)}
UNKNOWN = "TIDAK_DIKETAHUI"
PLACE = ["agency_code", "position_code", "position_level"]
SEAT = ["agency_code", "position_code", "unit_code"]
ROSTER = {
    "status_asn": "employment_status", "jenis_jabatan": "position_type",
    "jenjang_jabatan": "position_level", "kode_jabatan": "position_code",
    "tmt_jabatan": "position_started_on", "kode_unor": "unit_code", "kode_wilayah": "region_code",
    "tingkat_pendidikan": "education_code", "pendidikan_sesuai_jabatan": "education_fits",
    "jenis_kelamin": "sex", "kelompok_usia": "age_band", "masa_kerja_tahun": "service_years",
    "bulan_ke_pensiun": "months_to_retirement",
}  # fmt: skip
PERSON = [
    "agency_code", "person_key", "employment_status", "position_level", "position_code",
    "unit_code", "region_code", "is_remote_region", "education_level", "sex", "age_band",
    "service_years",
]  # fmt: skip
"""The attributes of a person that person-level marts show."""


class Recomputed(Lake):
    """A month computed again; every frame is made once, when it is first asked for."""

    def __init__(self, home: Path, database: Path, period: str, as_of: object) -> None:
        """Look at the lake below ``home`` as the build of ``period`` (YYYY-MM) saw it."""
        super().__init__(home, database, period, as_of)
        self._tables: dict[Callable[[Recomputed], pd.DataFrame], pd.DataFrame] = {}

    def once(self, table: "Callable[[Recomputed], pd.DataFrame]") -> pd.DataFrame:
        """Return a table of this month, computed at the first call."""
        if table not in self._tables:
            self._tables[table] = table(self)
        return self._tables[table]

    def finished(self, frame: pd.DataFrame, keys: Sequence[str] = ()) -> pd.DataFrame:
        """Return a mart's rows with period, agency name and, given rolled-up keys, ``is_total``."""
        frame = frame.assign(period=self.first)
        if "agency_code" in frame:
            frame = frame.assign(agency_name=frame["agency_code"].map(self.in_force))
        return frame.assign(is_total=is_total(frame, keys)) if keys else frame

    @cached_property
    def in_force(self) -> dict[str, str]:
        """Names of the agencies in force on the last day."""
        return self.agencies()

    @cached_property
    def roster(self) -> pd.DataFrame:
        """Everyone in a counting roster, with the reason for not counting where there is one."""
        rows = self.rows("pegawai").rename(columns=ROSTER)
        regions = self.reference("wilayah").set_index("kode_wilayah")
        remote = rows["region_code"].map(regions["terpencil"])
        rows = rows.assign(
            is_remote_region=remote.map({"Y": True, "T": False}),
            province_code=rows["region_code"].map(regions["kode_provinsi"]),
            education_level=rows["education_code"].map(named("education_level", "education_group")),
            reason=None,
        ).astype({"reason": object})
        rows.loc[~rows["agency_code"].isin(self.in_force), "reason"] = "unknown_agency"
        rows.loc[~rows["kedudukan_hukum"].isin(ACTIVE), "reason"] = "inactive"
        able = rows[rows["reason"].isna()]
        kept = first(
            able, ["person_key"],
            is_carried_forward=True, position_started_on=False, agency_code=True,
        )  # fmt: skip
        rows.loc[able.index.difference(kept.index), "reason"] = "duplicate_person"
        return rows

    @cached_property
    def people(self) -> pd.DataFrame:
        """Everyone who counts, once, with the seat held: its field and whether it is strategic."""
        rows = self.roster[self.roster["reason"].isna()].drop(columns="reason")
        listed = self.positions[[*SEAT, "position_level", "job_family", "is_strategic"]]
        listed = listed.rename(columns={"position_level": "listed_level"}).assign(is_listed=True)
        rows = rows.merge(listed, how="left", on=SEAT)
        elsewhere = self.positions.groupby(SEAT[:2])["job_family"].min().rename("elsewhere")
        rows = rows.merge(elsewhere.reset_index(), how="left", on=SEAT[:2])
        rows["job_family"] = rows["job_family"].fillna(rows.pop("elsewhere")).fillna(UNKNOWN)
        for flag in ("is_listed", "is_strategic"):
            rows[flag] = rows[flag].eq(True)
        return rows.assign(seat_level=rows["listed_level"].fillna(rows["position_level"]))

    @cached_property
    def positions(self) -> pd.DataFrame:
        """The seats on the lists of agencies in force."""
        rows = self.rows("jabatan").rename(
            columns=ROSTER
            | {
                "nama_jabatan": "position_name",
                "rumpun_jabatan": "job_family",
                "kebutuhan": "needed",
            }
        )
        rows = rows[rows["agency_code"].isin(self.in_force)]
        return rows.assign(is_strategic=rows["strategis"] == "Y")

    @cached_property
    def requirements(self) -> pd.DataFrame:
        """Level required of each position and level in each competency."""
        places = pd.concat([self.people[PLACE], self.positions[PLACE]]).drop_duplicates()
        own = self.rows("standar_kompetensi").rename(
            columns={
                **ROSTER,
                "kode_kompetensi": "competency_code",
                "level_standar": "required_level",
            }
        )
        own = own[own["berlaku_mulai"] <= self.last]
        own = own[[*PLACE[:2], "competency_code", "required_level", "is_carried_forward"]]
        defaults = places.merge(pd.DataFrame({"competency_code": NINE}), how="cross")
        defaults = defaults.merge(own.iloc[:, :3], how="left", indicator=True)
        defaults = defaults[defaults.pop("_merge") == "left_only"]
        return pd.concat(
            [
                places.merge(own, on=PLACE[:2]).assign(is_default_standard=False),
                defaults.assign(
                    required_level=defaults["position_level"].map(DEFAULT_LEVEL),
                    is_default_standard=True,
                    is_carried_forward=False,
                ),
            ],
            ignore_index=True,
        )

    @cached_property
    def assessments(self) -> pd.DataFrame:
        """Results of the last four years, each with the day on which its three years are over."""
        keys = ["person_key", "tanggal_penilaian", "kode_kompetensi", "tujuan"]
        rows = self.events("penilaian_kompetensi", keys, "tanggal_penilaian").rename(
            columns={
                "tanggal_penilaian": "assessed_on", "kode_kompetensi": "competency_code",
                "tujuan": "purpose", "level_capaian": "achieved_level", "metode": "method",
            }
        )  # fmt: skip
        rows = rows[rows["assessed_on"] > self.last - pd.DateOffset(years=4)]
        until = rows["assessed_on"] + pd.DateOffset(years=3)
        return rows.assign(valid_until=until, is_valid=until > self.last)

    def latest(self, day: pd.Timestamp) -> pd.DataFrame:
        """Return the latest result of each person and competency valid on ``day``."""
        rows = self.assessments
        rows = rows[(rows["assessed_on"] <= day) & (rows["valid_until"] > day)]
        return first(rows, ["person_key", "competency_code"], assessed_on=False, purpose=False)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Every requirement of every person, with the latest valid result."""
        required = self.requirements.rename(columns={"is_carried_forward": "is_old_standard"})
        rows = self.people.merge(required, on=PLACE)
        result = ["achieved_level", "assessed_on", "valid_until", "method", "purpose"]
        results = self.latest(self.last)[["person_key", "competency_code", *result]]
        rows = rows.merge(results, how="left", on=["person_key", "competency_code"])
        return rows.assign(
            gap=rows["achieved_level"] - rows["required_level"],
            family=rows["competency_code"].map(family),
            is_carried_forward=rows["is_carried_forward"] | rows["is_old_standard"],
        )

    @cached_property
    def competency_names(self) -> dict[str, str]:
        """Indonesian names: of the nine, else the one that most dictionaries use, else the code."""
        found = self.rows("kompetensi").groupby(["kode_kompetensi", "nama_kompetensi"]).size()
        found = found.rename("agencies").reset_index()
        found = first(found, ["kode_kompetensi"], agencies=False, nama_kompetensi=True)
        names = dict(zip(found["kode_kompetensi"], found["nama_kompetensi"], strict=True))
        return names | named("competency", "label_id")

    def competency_name(self, code: pd.Series) -> pd.Series:
        """Return the names of competencies, null for the total."""
        return code.map(lambda one: None if one == TOTAL else self.competency_names.get(one, one))

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Career events up to the last day."""
        keys = ["agency_code", "person_key", "tmt", "jenis_perubahan"]
        return self.events("riwayat_jabatan", keys, "tmt")

    @cached_property
    def sanctions(self) -> pd.DataFrame:
        """Sanctions up to the last day; one without an end lasts a year."""
        keys = ["agency_code", "person_key", "tanggal_mulai"]
        rows = self.events("hukuman_disiplin", keys, "tanggal_mulai")
        end = rows["tanggal_akhir"].fillna(rows["tanggal_mulai"] + pd.DateOffset(months=12))
        return rows.assign(ends_on=end)

    @cached_property
    def appraisals(self) -> pd.DataFrame:
        """Yearly appraisals that have ended, with the predicate of the matrix and its score."""
        return facts.appraisals(self)

    @cached_property
    def programs(self) -> pd.DataFrame:
        """Programme runs."""
        return facts.programs(self)

    @cached_property
    def learning(self) -> pd.DataFrame:
        """Participations, resolved to the run they mean."""
        return facts.learning(self)

    @cached_property
    def education_ranks(self) -> dict[str, int]:
        """The order of levels of education."""
        return {code: int(rank) for code, rank in codes("education_level")[["code", "rank"]].values}


def family(code: str) -> str:
    """Return the family of a competency."""
    prefixes = {"M": "managerial", "SK": "sociocultural", "DIG": "digital"}
    return prefixes.get(code.split(".", 1)[0], "technical")
