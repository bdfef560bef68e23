"""A small home with people in its lake and vault, and a search for values in all that it holds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from faults.people import PERSON
from support import AGENCY, APPRAISAL, OTHER, Home, csv_text, make_home

MONTHS = ("2026-10", "2026-11")
HER = {"nip": "197707072003122987", "nama": "Kenariwati Halus", "tanggal_lahir": "1977-07-07"}
HIM = {"nip": "198003172005011001", "nama": "Bangau Teguh", "jenis_kelamin": "L"}
REJECTED = {"nip": "197707072003122971", "nama": "Tolakwati Kenari", "jenjang_jabatan": "KEPALA"}
TOKEN = "responden-kenari-77"
CANARIES = ("197707072003122987", "kenariwati halus", "1977-07-07", "19770707")
SERVICE = ("id_responden", "kode_layanan", "nama_layanan", "u1", "u2")


def people_home(folder: Path, **more: object) -> Home:
    """Return a home in which both agencies have admitted people for October; November has landed.

    Of one agency's people one is rejected, and so is her appraisal of October.
    """
    home = make_home(folder, **more)
    for month, day in zip(MONTHS, (5, 5), strict=True):
        received = datetime(2026, int(month[5:]) + 1, day, 3, tzinfo=UTC)
        land(home, month, received)
    home.ingest(MONTHS[0])
    return home


def land(home: Home, month: str, received: datetime) -> None:
    """Land roster, appraisals and answers of a month for both agencies."""
    for agency, others in ((AGENCY, (HER, REJECTED)), (OTHER, (HIM,))):
        rows = [{**PERSON, "kode_unor": f"U-{agency}"}]
        rows += [{**PERSON, **other} for other in others]
        rows[0]["nip"] = f"19800317200501{2}{agency[:3]}"
        roster = csv_text(list(PERSON), [list(row.values()) for row in rows])
        home.land("pegawai.csv", roster, agency, month, received)
    marks = [[person["nip"], 2025, "TAHUNAN", 2, 2, 2] for person in (HER, HIM)]
    marks.append([HER["nip"], 2024, "TAHUNAN", 9, 2, 2])
    home.land("kinerja.csv", csv_text(APPRAISAL, marks), AGENCY, month, received)
    answers = [[TOKEN, f"L-{month}", "Izin", 3, 4], [f"r-{month}", "L-1", "Izin", 4, 4]]
    home.land("survei_kepuasan_masyarakat.csv", csv_text(SERVICE, answers), AGENCY, month, received)


def pseudonyms(home: Home, dataset: str, column: str) -> dict[str, list[str]]:
    """Return the pseudonyms of a dataset by month, in row order."""
    found: dict[str, list[str]] = {}
    for path in sorted((home.settings.lake / dataset).glob("period=*/*.parquet")):
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select {column} from read_parquet('{path}', hive_partitioning = false)"
                " order by agency_code, row_number"
            ).fetchall()
        found.setdefault(path.parent.name[7:], []).extend(row[0] for row in rows)
    assert found, f"no rows of {dataset}"
    return found


def holding(paths: Iterable[Path], values: Iterable[str]) -> dict[str, set[str]]:
    """Return which values stand in which files, bytes or unpacked Parquet, whatever the case."""
    wanted = [value.lower() for value in values]
    found: dict[str, set[str]] = {}
    for path in paths:
        data = path.read_bytes()
        text = data.decode("utf-8", "replace").lower()
        if data.startswith(b"PAR1"):
            with duckdb.connect() as connection:
                source = f"read_parquet('{path}', hive_partitioning = false)"
                text += str(connection.execute(f"select t::varchar from {source} as t").fetchall())
            text = text.lower()
        for value in wanted:
            if value in text:
                found.setdefault(value, set()).add(path.name)
    return found


def files(*folders: Path) -> list[Path]:
    """Return all files below folders; hidden ones too."""
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    assert found
    return found
