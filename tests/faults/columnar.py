"""Parquet: columns of other types, columns that hold columns, and files cut or damaged."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from faults.catalogue import Answer, Case, accepted, case, hopeless, partly, refused
from faults.packed import changed, plain
from faults.rows import APPRAISAL, COURSE, NIPS, appraisals, courses, jobs, many_jobs

NAME, COURSES = "kinerja.parquet", "peserta_pelatihan.parquet"
DAMAGED = refused("file.unreadable", "Parquet")
NESTED = refused("file.nested_column", "bukan satu nilai")
FORBIDDEN = refused("file.forbidden_column", "kolom yang dilarang")


def columns(header: tuple[str, ...], rows: list[list[object]]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in rows] for at, name in enumerate(header)}


def written(found: pa.Table | Mapping[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    table = found if isinstance(found, pa.Table) else pa.table(dict(found))
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def people(**more: Any) -> Callable[[], bytes]:
    """Return a maker of three appraisals, with the columns ``more`` instead or beside."""
    return lambda: written({**columns(APPRAISAL, appraisals(3)), **more})


def results(**more: Any) -> Callable[[], bytes]:
    """Return a maker of two results of courses, with the columns ``more`` instead."""
    return lambda: written({**columns(COURSE, courses(2)), **more})


def type_cases() -> list[Case]:
    three, two = accepted(3), accepted(2)
    day = date(2026, 10, 9)
    days = accepted(2, values={"tanggal_selesai": [day, day]})
    noon = datetime(2026, 10, 9, 12, 30)
    wrong_year = hopeless(3, {"kinerja.tahun.format": 3}, "tidak dapat dibaca")
    damaged = hopeless(3, {"kinerja.nip.excel_number": 3}, "rusak karena Excel")
    wrong_day = {"peserta_pelatihan.tanggal_selesai.format": 2,
                 "peserta_pelatihan.finished_without_date": 2}  # fmt: skip
    nips = list(NIPS[:3])
    kinds: dict[str, tuple[str, pa.Array]] = {
        "small-numbers": ("stores ratings in one byte", pa.array([2, 2, 2], pa.uint8())),
        "fractions": ("stores ratings as fractions", pa.array([2.0, 2.0, 2.0])),
        "halves": ("stores ratings in two bytes", pa.array([2.0, 2.0, 2.0], pa.float32())),
        "decimals": ("stores ratings as decimals",
                     pa.array([Decimal("2.00")] * 3, pa.decimal128(9, 2))),
        "texts": ("stores ratings as texts", pa.array(["2", " 2 ", "2,0"])),
        "long-texts": ("stores ratings as large texts", pa.array(["2"] * 3, pa.large_string())),
        "dictionary": ("stores ratings in a dictionary",
                       pa.array(["2"] * 3).dictionary_encode()),
        "bytes": ("stores ratings as bytes", pa.array([b"2"] * 3)),
    }  # fmt: skip
    sound = [
        case(f"parquet-{id}", did, NAME, people(hasil_kerja=values), three)
        for id, (did, values) in kinds.items()
    ]
    return [
        case("parquet", "sends Parquet", NAME, people(), three),
        *sound,
        case("parquet-nip-number", "stores NIPs as whole numbers", NAME,
             people(nip=pa.array([int(nip) for nip in nips])), three),
        case("parquet-nip-float", "stores NIPs as fractions", NAME,
             people(nip=pa.array([float(nip) for nip in nips])), damaged),
        case("parquet-nip-decimal", "stores NIPs as decimals", NAME,
             people(nip=pa.array([Decimal(nip) for nip in nips], pa.decimal128(18, 0))), three),
        case("parquet-day", "stores dates as dates", COURSES,
             results(tanggal_selesai=pa.array([day] * 2)), days),
        case("parquet-moment", "stores dates as moments", COURSES,
             results(tanggal_selesai=pa.array([noon] * 2)), days),
        case("parquet-moment-nano", "stores dates as moments to the nanosecond", COURSES,
             results(tanggal_selesai=pa.array([noon] * 2, pa.timestamp("ns"))), days),
        case("parquet-moment-zone", "stores midnights of Jakarta in UTC", COURSES,
             results(tanggal_selesai=pa.array(
                 [datetime(2026, 10, 8, 17, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))), days),
        case("parquet-truth", "stores yes and no as truth values", "jabatan.parquet",
             lambda: written({**columns(JOBS, jobs("A", "B")), "strategis": [True, False]}),
             accepted(2, values={"strategis": ["Y", "T"]})),
        case("parquet-thousandth", "stores fractions with three decimals", COURSES,
             results(jp_diakui=[1.234, 12.345]),
             accepted(2, values={"jp_diakui": [1.234, 12.345]})),
        case("parquet-thousandth-decimal", "stores decimals with three decimals", COURSES,
             results(jp_diakui=pa.array([Decimal("1.234")] * 2)),
             accepted(2, values={"jp_diakui": [1.234, 1.234]})),
        case("parquet-not-a-number", "stores NaN for no value", COURSES,
             results(jp_diakui=[float("nan"), 40.0]), two),
        case("parquet-infinite", "stores an infinite number", COURSES,
             results(jp_diakui=[float("inf"), 40.0]),
             partly(2, {"peserta_pelatihan.jp_diakui.format": 1}, "tidak dapat dibaca",
                    numbers=(1,))),
        case("parquet-day-for-year", "stores a date for a year", NAME,
             people(tahun=pa.array([day] * 3)), wrong_year),
        case("parquet-truth-for-year", "stores truth values for years", NAME,
             people(tahun=[True] * 3), wrong_year),
        case("parquet-year-for-day", "stores years for dates", COURSES,
             results(tanggal_selesai=[2026, 2026]),
             hopeless(2, wrong_day, "tidak dapat dibaca")),
        case("parquet-nulls", "stores a column without values", NAME,
             people(periode=pa.nulls(3)),
             hopeless(3, {"kinerja.periode.required": 3}, "kosong")),
        case("parquet-one-null", "stores a null", NAME, people(periode=["TAHUNAN", None, "TW1"]),
             partly(3, {"kinerja.periode.required": 1}, "kosong", numbers=(2,))),
        case("parquet-time", "stores times of the day for years", NAME,
             people(tahun=pa.array([time(12)] * 3)), NESTED),
        case("parquet-duration", "stores durations for years", NAME,
             people(tahun=pa.array([timedelta(days=1)] * 3)), NESTED),
    ]  # fmt: skip


JOBS = ("kode_jabatan", "nama_jabatan", "jenjang_jabatan", "rumpun_jabatan", "kode_unor",
        "kebutuhan", "strategis")  # fmt: skip


def shape_cases() -> list[Case]:
    three = accepted(3)
    inner = pa.array([{"nik": "7471"}] * 3)
    twice = pa.Table.from_arrays(
        [pa.array(v) for v in (*columns(APPRAISAL, appraisals(3)).values(), [2025] * 3)],
        names=[*APPRAISAL, "tahun"],
    )
    cases: dict[str, tuple[str, Callable[[], bytes], Answer]] = {
        "list": ("stores lists in a column", people(hasil_kerja=[[2]] * 3), NESTED),
        "record": ("stores records in a column", people(periode=[{"a": "TAHUNAN"}] * 3), NESTED),
        "map": ("stores maps in a column",
                people(periode=pa.array([[("a", "b")]] * 3, pa.map_(pa.string(), pa.string()))),
                NESTED),
        "list-unknown": ("stores lists in an unknown column", people(catatan=[["x"]] * 3),
                         accepted(3, ignored=("catatan",))),
        "forbidden": ("stores NIK in a column", people(NIK=["7471"] * 3), FORBIDDEN),
        "forbidden-inside": ("stores NIK inside an unknown column", people(penilai=inner),
                             FORBIDDEN),
        "index": ("stores the index of a data frame", people(__index_level_0__=[0, 1, 2]),
                  accepted(3, ignored=("__index_level_0__",))),
        "twice": ("stores a column twice", lambda: written(twice),
                  refused("file.duplicate_column", "Kolom tahun muncul lebih dari sekali")),
        "missing": ("stores no year", lambda: written(
            {k: v for k, v in columns(APPRAISAL, appraisals(3)).items() if k != "tahun"}),
            refused("file.missing_column", "Kolom wajib tidak ada: tahun.")),
        "no-columns": ("stores no column", lambda: written(pa.table({})),
                       refused("file.missing_column", "Kolom wajib tidak ada")),
        "no-rows": ("stores no row", lambda: written(pa.table(
            {name: pa.array([], pa.string()) for name in APPRAISAL})),
            refused("file.no_rows", "tanpa data")),
        "groups": ("stores a group for every row", lambda: written(
            columns(APPRAISAL, appraisals(40)), row_group_size=1), accepted(40)),
        "zstd": ("packs Parquet by zstd", lambda: written(
            columns(APPRAISAL, appraisals(3)), compression="zstd"), three),
        "old": ("stores Parquet of the first version", lambda: written(
            columns(APPRAISAL, appraisals(3)), version="1.0", use_dictionary=False), three),
        "nul": ("has a NUL byte in a stored text", lambda: written(
            columns(JOBS, jobs("A", "B\0C"))), refused("file.encoding", "bukan teks")),
        "no-text": ("stores bytes that are no text", people(periode=[b"\xff\xfe\xfa"] * 3),
                    refused("file.encoding", "bukan teks")),
        "conflict": ("stores a person twice", lambda: written(columns(
            APPRAISAL, [*appraisals(3), [*appraisals(1)[0][:3], 1, 1, 1]])),
            partly(4, {"kinerja.conflict": 2}, "bertentangan", numbers=(1, 4))),
    }  # fmt: skip
    names = {"nul": "jabatan.parquet"}
    return [
        case(f"parquet-{id}", did, names.get(id, NAME), data, answer)
        for id, (did, data, answer) in cases.items()
    ]


def footer(data: bytes) -> int:
    """Return how many bytes the index takes, which stands before its length and the mark."""
    return int.from_bytes(data[-8:-4], "little")


def damage_cases() -> list[Case]:
    def large() -> bytes:
        return written(columns(JOBS, many_jobs()), compression="none", use_dictionary=False)

    cut: dict[str, tuple[str, Callable[[], bytes]]] = {
        "half": ("sends half of a Parquet file", lambda: large()[: len(large()) // 2]),
        "without-end": ("sends Parquet without its last bytes", lambda: large()[:-4]),
        "without-start": ("sends Parquet without its first bytes", lambda: large()[4:]),
        "marks-only": ("sends the marks of Parquet only", lambda: b"PAR1PAR1"),
        "one-mark": ("sends the first mark of Parquet only", lambda: b"PAR1"),
        "locked": ("sends Parquet with a key", lambda: large()[:-4] + b"PARE"),
        "index": ("sends Parquet with a damaged index",
                  lambda: changed(large(), -8 - footer(large()))),
        "index-length": ("sends Parquet with a wrong length of the index",
                         lambda: large()[:-8] + b"\xff\xff\xff\x7fPAR1"),
        "page": ("sends Parquet with a damaged page", lambda: changed(large(), 8)),
        "csv": ("renames a CSV to .parquet", plain),
        "tail": ("sends Parquet with a text behind it", lambda: large() + b"selesai"),
    }  # fmt: skip
    return [
        *(case(f"parquet-cut-{id}", did, "jabatan.parquet", data, DAMAGED)
          for id, (did, data) in cut.items()),
        case("parquet-no-byte", "sends Parquet without a byte", NAME, b"",
             refused("file.empty", "Berkas kosong")),
        case("parquet-as-csv", "renames Parquet to .csv", "kinerja.csv", people(),
             refused("file.encoding", "bukan teks")),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*type_cases(), *shape_cases(), *damage_cases()]
