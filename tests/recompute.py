"""The month computed once more in pandas, from the lake and the reference files.

Nothing here is shared with the dbt models: the rules are written out again, with their numbers, so
that a wrong join, a wrong bound or a wrong rule row shows as a difference.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

SNAPSHOTS = {"pegawai", "jabatan", "standar_kompetensi", "kompetensi", "rencana_pengembangan"}
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
UNKNOWN = "TIDAK_DIKETAHUI"
Key = tuple[Hashable, ...]
Measures = Mapping[str, Any]


class Recomputed:
    """What a month's marts rest on: people, positions, standards, results, moves."""

    def __init__(self, home: Path, database: Path, period: str, as_of: object) -> None:
        """Look at the lake below ``home`` as the build of ``period`` (YYYY-MM) saw it."""
        self.home, self.period = home, period
        self.first = pd.Timestamp(f"{period}-01")
        self.last = self.first + pd.offsets.MonthEnd(0)
        self.database = database
        log = self._read("submission")
        log = log[(log["period"] <= period) & (log["received_at"] <= pd.Timestamp(str(as_of)))]
        log = log[log["status"] != "ditolak"].sort_values(["revision", "received_at"])
        self.log = log.drop_duplicates(["dataset", "agency_code", "period"], keep="last")

    def _read(self, dataset: str) -> pd.DataFrame:
        files = sorted((self.home / "lake" / dataset).glob("period=*/*.parquet"))
        assert files, dataset
        frames = [
            pd.read_parquet(file, partitioning=None).assign(
                period=file.parent.name.removeprefix("period=")
            )
            for file in files
        ]
        frame = pd.concat([f.dropna(axis=1, how="all") for f in frames], ignore_index=True)
        for name in frames[0].columns.difference(frame.columns):
            frame[name] = None
        for name in frame.columns[frame.columns.str.match(r"tmt|tanggal|berlaku")]:
            frame[name] = pd.to_datetime(frame[name])
        return frame

    def dataset(self, name: str, months: int = 2) -> pd.DataFrame:
        """Return the counting rows of a dataset, of a snapshot its newest of three months."""
        log = self.log[self.log["dataset"] == name]
        if name in SNAPSHOTS:
            log = log.sort_values("period").drop_duplicates("agency_code", keep="last")
            age = log["period"].map(self._months_before)
            log = log[age <= months]
        rows = self._read(name)
        keys = set(zip(log["submission_id"], log["period"], strict=True))
        return rows[
            [pair in keys for pair in zip(rows["submission_id"], rows["period"], strict=True)]
        ]

    def _months_before(self, period: str) -> int:
        year, month = (int(part) for part in period.split("-"))
        return (self.first.year - year) * 12 + self.first.month - month

    def events(self, name: str, keys: list[str], day: str) -> pd.DataFrame:
        """Return events up to the last day of the month, of each key the one sent last."""
        rows = self.dataset(name)
        rows = rows[rows[day] <= self.last]
        order = ["period", "agency_code", "row_number"]
        rows = rows.sort_values(order, ascending=[False, True, True])
        return rows.drop_duplicates(keys, keep="first")

    def mart(self, name: str) -> pd.DataFrame:
        """Return a table of the build; ``name`` has its schema."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(f"select * from {name}").df()

    @cached_property
    def agencies(self) -> dict[str, str]:
        """Names of the agencies in force on the last day."""
        found = pd.read_csv(self.home / "reference" / "instansi.csv", dtype=str)
        since = pd.to_datetime(found["berlaku_mulai"])
        until = pd.to_datetime(found["berlaku_sampai"])
        found = found[(since <= self.last) & (until.isna() | (until >= self.last))]
        return dict(zip(found["kode_instansi"], found["nama_instansi"], strict=True))

    @cached_property
    def people(self) -> pd.DataFrame:
        """Everyone who counts, once, with the place held and its field."""
        rows = self.dataset("pegawai")
        rows = rows[rows["kedudukan_hukum"].isin(ACTIVE) & rows["agency_code"].isin(self.agencies)]
        rows = rows.assign(is_old=rows["period"] != self.period)
        rows = rows.sort_values(
            ["is_old", "tmt_jabatan", "agency_code"], ascending=[True, False, True]
        ).drop_duplicates("person_key")
        places = self.positions.set_index(["agency_code", "kode_jabatan", "kode_unor"])
        fields = self.positions.groupby(["agency_code", "kode_jabatan"])["rumpun_jabatan"].min()
        listed = [
            key in places.index
            for key in zip(
                rows["agency_code"], rows["kode_jabatan"], rows["kode_unor"], strict=True
            )
        ]
        found = []
        for is_listed, row in zip(listed, rows.itertuples(), strict=True):
            if is_listed:
                place = places.loc[(row.agency_code, row.kode_jabatan, row.kode_unor)]
                found.append(
                    (place["jenjang_jabatan"], place["rumpun_jabatan"], place["strategis"] == "Y")
                )
            else:
                field = fields.get((row.agency_code, row.kode_jabatan), UNKNOWN)
                found.append((row.jenjang_jabatan, field, False))
        rows = rows.assign(is_listed=listed)
        rows[["listed_level", "field", "is_strategic"]] = found
        return rows

    @cached_property
    def positions(self) -> pd.DataFrame:
        """The lists of positions of agencies in force."""
        rows = self.dataset("jabatan")
        return rows[rows["agency_code"].isin(self.agencies)]

    @cached_property
    def requirements(self) -> pd.DataFrame:
        """Level required of each position and level in each competency."""
        held = self.people[["agency_code", "kode_jabatan", "jenjang_jabatan"]]
        planned = self.positions[["agency_code", "kode_jabatan", "jenjang_jabatan"]]
        places = pd.concat([held, planned]).drop_duplicates()
        own = self.dataset("standar_kompetensi")
        own = own[own["berlaku_mulai"] <= self.last]
        own = own[["agency_code", "kode_jabatan", "kode_kompetensi", "level_standar"]]
        named = set(
            zip(own["agency_code"], own["kode_jabatan"], own["kode_kompetensi"], strict=True)
        )
        defaults = places.merge(pd.DataFrame({"kode_kompetensi": NINE}), how="cross")
        keys = zip(
            defaults["agency_code"],
            defaults["kode_jabatan"],
            defaults["kode_kompetensi"],
            strict=True,
        )
        defaults = defaults[[key not in named for key in keys]]
        defaults = defaults.assign(level_standar=defaults["jenjang_jabatan"].map(DEFAULT_LEVEL))
        return pd.concat(
            [
                places.merge(own, on=["agency_code", "kode_jabatan"]).assign(is_default=False),
                defaults.assign(is_default=True),
            ]
        )

    @cached_property
    def assessments(self) -> pd.DataFrame:
        """Results of the last four years, with whether they are valid on the last day."""
        keys = ["person_key", "tanggal_penilaian", "kode_kompetensi", "tujuan"]
        rows = self.events("penilaian_kompetensi", keys, "tanggal_penilaian")
        rows = rows[rows["tanggal_penilaian"] > self.last - pd.DateOffset(years=4)]
        until = rows["tanggal_penilaian"].map(lambda day: day + pd.DateOffset(years=3))
        return rows.assign(valid_until=until, is_valid=until > self.last)

    def latest(self, day: pd.Timestamp) -> pd.DataFrame:
        """Return the latest result of each person and competency valid on ``day``."""
        rows = self.assessments
        rows = rows[(rows["tanggal_penilaian"] <= day) & (rows["valid_until"] > day)]
        rows = rows.sort_values(["tanggal_penilaian", "tujuan"], ascending=[False, False])
        return rows.drop_duplicates(["person_key", "kode_kompetensi"])

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Every requirement of every person, with the level achieved."""
        place = ["agency_code", "kode_jabatan", "jenjang_jabatan"]
        rows = self.people.merge(self.requirements, on=place)
        results = self.latest(self.last)[["person_key", "kode_kompetensi", "level_capaian"]]
        rows = rows.merge(results, how="left", on=["person_key", "kode_kompetensi"])
        return rows.assign(
            gap=rows["level_capaian"] - rows["level_standar"],
            family=rows["kode_kompetensi"].map(family),
        )

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Career events up to the last day."""
        keys = ["agency_code", "person_key", "tmt", "jenis_perubahan"]
        return self.events("riwayat_jabatan", keys, "tmt")


def family(code: str) -> str:
    """Return the family of a competency."""
    prefixes = {"M": "managerial", "SK": "sociocultural", "DIG": "digital"}
    return prefixes.get(code.split(".", 1)[0], "technical")


def rolled(
    frame: pd.DataFrame, keys: Sequence[str], measure: Callable[[pd.DataFrame], Measures]
) -> dict[Key, Measures]:
    """Return the measures of each combination of keys; None stands for the total over a key."""
    found: dict[Key, Measures] = {}
    for size in range(len(keys) + 1):
        for kept in combinations(range(len(keys)), size):
            for values, part in _parts(frame, [keys[i] for i in kept]):
                named = dict(zip(kept, values, strict=True))
                found[tuple(named.get(i) for i in range(len(keys)))] = measure(part)
    return found


def _parts(frame: pd.DataFrame, keys: list[str]) -> Iterator[tuple[Key, pd.DataFrame]]:
    if not keys:
        if len(frame):
            yield (), frame
        return
    for values, part in frame.groupby(keys, sort=False):
        yield tuple(values), part


def compare(mart: pd.DataFrame, keys: Sequence[str], expected: Mapping[Key, Measures]) -> int:
    """Fail unless the mart has exactly these keys and these measures; return the values compared.

    Counts and texts must be equal, other numbers to 1e-9; None is null.
    """
    rows = {
        tuple(None if pd.isna(v) else v for v in key): row
        for key, row in zip(
            mart[list(keys)].itertuples(index=False, name=None),
            mart.to_dict("records"),
            strict=True,
        )
    }
    assert len(rows) == len(mart)
    assert set(rows) == set(expected), {
        "missing": sorted(set(expected) - set(rows), key=str)[:5],
        "extra": sorted(set(rows) - set(expected), key=str)[:5],
    }
    compared = 0
    for key, measures in expected.items():
        for name, value in measures.items():
            found = rows[key][name]
            if value is None or pd.isna(value):
                assert pd.isna(found), (key, name, found)
            elif isinstance(value, float):
                assert found == pytest.approx(value, rel=1e-9, abs=1e-9), (key, name)
            else:
                assert found == value, (key, name)
            compared += 1
    return compared


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole, None over nothing."""
    return float(part) / float(whole) if whole else None
