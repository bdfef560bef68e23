"""Planted identities are found in the vault and the outbox, and nowhere else that a run writes."""

import csv
import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pypdf
import pytest
import typst
from e2e_home import KEY, OCTOBER, environment, settings_over
from support import workbook

from asn_warehouse import publish
from asn_warehouse.lake import read_submissions
from asn_warehouse.settings import Settings
from asn_warehouse.simulate import SimulationSpec, simulate

pytestmark = pytest.mark.slow

BORN = ("1977-07-07", "07/07/1977", "07-07-1977", "7 Juli 1977", "19770707")
ACCEPTED = {
    "kenariwati halus": "197707072003122987",
    "kenaridin teguh": "197707072003121986",
    "kenarima lestari": "197707072003122985",
}
"""Persons whose rows are sound: name and NIP."""

REJECTED = {
    "tolakwati kenari": "197707072003122971",
    "tolakdin kenari": "197707072003121972",
    "tolakman kenari": "197707072003121973",
    "tolaksih kenari": "19770707200312x974",
    "tolakwan kenari": "1.97707072003121E+17",
}
"""Persons whose rows break a rule each."""

SEXES = {"1": "L", "2": "P"}
OTHER_DATES = ("2003-12-19", "2035-08-13")
"""Appointment and retirement of the accepted; both are kept in the vault only."""

TOKENS = ("responden-kenari-77", "sert/kenari/7707")
"""Respondent and certificate of accepted rows; not even the vault keeps them."""

REJECTED_TOKENS = ("responden-kenari-88", "197707072003121988", "sert/kenari/7708")
REFUSED = ("7471010707770001", "berkas kenari tolak", "responden-kenari-99", "kenari asing")
"""Values in files that are refused whole: nothing of them is stored anywhere."""

EVERYWHERE = (*ACCEPTED, *ACCEPTED.values(), *BORN, *OTHER_DATES, *TOKENS)
EVERYWHERE += (*REJECTED, *REJECTED.values(), *REJECTED_TOKENS, *REFUSED)
KEYS = (KEY, KEY.encode().hex())


# -- looking into files ----------------------------------------------------------------------------


def contents(data: bytes, scratch: Path) -> Iterator[bytes]:
    """Yield the bytes, and what stands in them once unpacked: archives, tables, pages."""
    yield data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from contents(archive.read(name), scratch)
    elif data.startswith(b"\x1f\x8b"):
        yield from contents(gzip.decompress(data), scratch)
    elif data.startswith(b"%PDF"):
        for page in pypdf.PdfReader(io.BytesIO(data)).pages:
            yield page.extract_text().encode()
    elif data.startswith(b"PAR1"):
        yield from table_values(scratch, data, "parquet")
    elif data[8:12] == b"DUCK":
        yield from table_values(scratch, data, "duckdb")


def table_values(scratch: Path, data: bytes, kind: str) -> Iterator[bytes]:
    """Yield every value of every column of a table or database, as text."""
    copy = scratch / f"copy.{kind}"
    copy.write_bytes(data)
    with duckdb.connect() as connection:
        if kind == "parquet":
            sources = [f"read_parquet('{copy}')"]
        else:
            connection.execute(f"attach '{copy}' as copy (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'copy'"
            ).fetchall()
            assert tables
            sources = [f'copy."{schema}"."{name}"' for schema, name in tables]
        for source in sources:
            for name, *_ in connection.execute(f"describe from {source}").fetchall():
                rows = connection.execute(f'select distinct "{name}"::varchar from {source}')
                yield "\n".join(str(value) for (value,) in rows.fetchall()).encode()
    copy.unlink()


def found_in(paths: Iterator[Path] | list[Path], scratch: Path) -> dict[str, set[Path]]:
    """Return which canaries and keys stand in which files, in UTF-8 or UTF-16, in any case."""
    needles = {
        canary: [canary.lower().encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
        for canary in (*EVERYWHERE, *KEYS)
    }
    found: dict[str, set[Path]] = {}
    for path in paths:
        for part in (path.name.encode(), *contents(path.read_bytes(), scratch)):
            text = part.lower()
            for canary, spellings in needles.items():
                if any(spelling in text for spelling in spellings):
                    found.setdefault(canary, set()).add(path)
    return found


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# -- planting --------------------------------------------------------------------------------------


def add_rows(path: Path, rows: list[dict[str, str]], template: dict[str, str]) -> None:
    """Append rows to a plain CSV: a sound row of the file, overlaid with canaries."""
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(template), lineterminator="\n", extrasaction="raise")
        writer.writerows({**template, **row} for row in rows)


def first_row(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))


def plant(settings: Settings, agency: str, damaged: str) -> None:
    """Plant canaries in sound and unsound rows of ``agency`` and in refused files."""
    landing = settings.landing / str(OCTOBER)
    person = first_row(landing / agency / "pegawai.csv") | {
        "jenis_kelamin": "P",
        "status_asn": "PNS",
        "golongan": "III/c",
        "jenis_jabatan": "4",
        "jenjang_jabatan": "PELAKSANA",
        "tmt_jabatan": "2022-05-01",
        "tmt_golongan": "2022-04-01",
        "tanggal_lahir": "1977-07-07",
        "tmt_cpns": "2003-12-19",
        "tmt_pensiun": "2035-08-13",
        "eselon": "",
    }
    people = [
        {"nip": nip, "nama": name.title(), "tanggal_lahir": born, "jenis_kelamin": SEXES[nip[14]]}
        for (name, nip), born in zip(ACCEPTED.items(), BORN[:2] + BORN[3:4], strict=True)
    ]
    wrong = [
        {"jenjang_jabatan": "KEPALA"},
        {"tanggal_lahir": "07-07-1977", "tmt_jabatan": "31-02-2020"},
        {"tmt_pensiun": "1990-01-01"},
        {},
        {},
    ]
    people += [
        {"nip": nip, "nama": name.title(), **fault}
        for (name, nip), fault in zip(REJECTED.items(), wrong, strict=True)
    ]
    add_rows(landing / agency / "pegawai.csv", people, person)
    with (landing / agency / "pegawai.csv").open("a", encoding="utf-8") as file:
        file.write(f"{REJECTED['tolakdin kenari']},Tolakdin,7 Juli 1977{',x' * 40}\n")
    for name, good, bad in (
        ("penilaian_kompetensi", {"level_capaian": "3"}, {"level_capaian": "7"}),
        ("kinerja", {"hasil_kerja": "2"}, {"hasil_kerja": "9"}),
        (
            "peserta_pelatihan",
            {"nomor_sertifikat": TOKENS[1].upper(), "skala_maks": "100", "nilai_post": "80"},
            {"nomor_sertifikat": "SERT/KENARI/7708", "skala_maks": "100", "nilai_post": "180"},
        ),
    ):
        path = landing / agency / f"{name}.csv"
        rows = [{"nip": nip, **good} for nip in ACCEPTED.values()]
        rows += [{"nip": nip, **bad} for nip in REJECTED.values()]
        add_rows(path, rows, first_row(path))
    path = landing / agency / "survei_pelatihan.csv"
    tokens = [{"id_responden": TOKENS[0].upper()}, {"id_responden": REJECTED_TOKENS[1]}]
    tokens += [{"id_responden": REJECTED_TOKENS[0], "skor": "9"}]
    add_rows(path, tokens, first_row(path))
    plant_refused(landing, damaged)


def plant_refused(landing: Path, agency: str) -> None:
    """Write files that are refused: a forbidden column, no header, unknown sender, broken."""
    nik, name, token, stranger = REFUSED
    nip = ACCEPTED["kenaridin teguh"]
    header = ["nip", "NIK", "kode_program", "angkatan", "status"]
    workbook(landing / agency / "peserta_pelatihan.xlsx", [header, [nip, nik, name, "1", "LULUS"]])
    (landing / agency / "peserta_pelatihan.csv").unlink()
    (landing / agency / "survei_pelatihan.csv").write_text(f"{token},{nip},1,REAKSI,MATERI,5\n" * 3)
    line = f"{nip},{stranger},07/07/1977\n"
    for place in (landing / "9999" / "pegawai.csv", landing / agency / "data_diri.csv"):
        place.parent.mkdir(exist_ok=True)
        place.write_text("nip,nama,tanggal_lahir\n" + line)
    (landing / agency / "kinerja.csv").write_bytes(line.encode("utf-16-le") + b"\xff")


# -- the run ---------------------------------------------------------------------------------------

RUN = """
import logging, sys, structlog
logging.basicConfig(filename=sys.argv.pop(1), level=logging.DEBUG, force=True)
quiet = structlog.make_filtering_bound_logger
structlog.make_filtering_bound_logger = lambda level: quiet(logging.DEBUG)
from asn_warehouse.cli import main
main()
"""


@dataclass(frozen=True)
class Run:
    """A home with canaries after its month has run, and what the process said."""

    settings: Settings
    agency: str
    damaged: str
    said: list[Path]
    scratch: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("canaries")
    settings = settings_over(folder / "home")
    spec = SimulationSpec(period=OCTOBER, months=1, agencies=3, people=400, faults_per_rule=0)
    agencies = simulate(settings, spec).agencies
    plant(settings, agency=agencies[2], damaged=agencies[1])
    assert set(found_in(files(settings.landing), folder)) == set(EVERYWHERE)
    said = [folder / name for name in ("stdout", "stderr", "debug.log")]
    with said[0].open("wb") as out, said[1].open("wb") as err:
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(said[2]), "--verbose", "run", "-p", str(OCTOBER)],
            env=environment(settings.home),
            stdout=out,
            stderr=err,
            timeout=600,
            check=False,
        )
    assert done.returncode == 3, said[0].read_text() + said[1].read_text()[-4000:]
    return Run(settings, agencies[2], agencies[1], said, folder)


def test_the_month_was_published_with_the_canaries_in_it(run: Run) -> None:
    log = {
        (row["agency_code"], row["dataset"]): row
        for row in read_submissions(run.settings, OCTOBER).to_pylist()
    }
    rejected = {name: log[run.agency, name]["rows_rejected"] for name in ("pegawai", "kinerja")}
    assert rejected == {"pegawai": 6, "kinerja": 5}
    assert log[run.agency, "peserta_pelatihan"]["rows_rejected"] == 5
    assert log[run.agency, "penilaian_kompetensi"]["rows_rejected"] == 5
    assert log[run.agency, "survei_pelatihan"]["rows_rejected"] == 2
    refused = {row["refusal_rule"] for row in log.values() if row["status"] == "ditolak"}
    assert refused >= {"file.forbidden_column", "file.missing_column", "file.unknown_agency"}
    publication = publish.current(run.settings, OCTOBER)
    assert publication is not None and publication.rows > 1_000
    for path, size in zip(run.said, (100, 1_000, 1_000), strict=True):
        assert path.stat().st_size >= size, f"{path.name} was not captured"


def test_no_canary_is_outside_vault_outbox_and_landing(run: Run) -> None:
    home = run.settings.home
    private = {run.settings.vault, run.settings.outbox, run.settings.landing}
    places = [path for path in home.iterdir() if path not in private]
    written = [path for place in places for path in files(place)]
    kinds = {path.suffix for path in written}
    assert kinds >= {".parquet", ".duckdb", ".json", ".jsonl", ".html", ".pdf", ".xlsx", ".csv"}
    assert {place.name for place in places} >= {"lake", "warehouse", "docs", "report"}
    assert len(written) > 100
    assert found_in([*written, *run.said], run.scratch) == {}


def test_the_same_search_finds_the_canaries_where_they_belong(run: Run) -> None:
    vault = set(found_in(files(run.settings.vault), run.scratch))
    assert vault >= {*ACCEPTED, *ACCEPTED.values(), *REJECTED, *REJECTED_TOKENS, *OTHER_DATES}
    assert vault >= set(REJECTED.values())
    assert vault >= {"1977-07-07", "07-07-1977", "7 Juli 1977"}
    outbox = set(found_in(files(run.settings.outbox), run.scratch))
    assert outbox >= {*REJECTED, *REJECTED.values(), *REJECTED_TOKENS}
    for canary in (*REFUSED, *TOKENS, *KEYS):
        assert canary not in vault | outbox, f"{canary} was to be stored nowhere"


def test_receipts_hold_no_identity_only_reject_workbooks_do(run: Run) -> None:
    outbox = files(run.settings.outbox)
    receipts = [path for path in outbox if not path.name.endswith(".ditolak.xlsx")]
    assert len(receipts) >= 40
    assert {path.suffix for path in receipts} == {".json", ".html"}
    assert found_in(receipts, run.scratch) == {}


def test_vault_and_reject_workbooks_are_their_owners_only(run: Run) -> None:
    vault = run.settings.vault
    folders = [vault, *(path for path in vault.rglob("*") if path.is_dir())]
    assert {oct(path.stat().st_mode & 0o777) for path in folders} == {"0o700"}
    stored = files(vault)
    workbooks = sorted(run.settings.outbox.rglob("*.ditolak.xlsx"))
    assert len(stored) >= 6 and len(workbooks) >= 5
    assert {oct(path.stat().st_mode & 0o777) for path in (*stored, *workbooks)} == {"0o600"}
    assert not list((vault / "scratch").iterdir())


@pytest.mark.parametrize("kind", ["txt", "utf16", "parquet", "duckdb", "xlsx", "pdf", "gz", "name"])
def test_the_search_sees_into_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    name = "kenariwati halus"
    path = tmp_path / (f"{name}.txt" if kind == "name" else f"file.{kind}")
    text = "nobody" if kind == "name" else f"x {name.upper()} x"
    if kind in ("txt", "name"):
        path.write_text(text)
    elif kind == "utf16":
        path.write_bytes(text.encode("utf-16"))
    elif kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "xlsx":
        workbook(path, [["nama"], [text]])
    elif kind == "pdf":
        path.write_bytes(typst.compile(text.encode(), format="pdf"))
    else:
        with duckdb.connect(str(path) if kind == "duckdb" else ":memory:") as connection:
            connection.execute(f"create table t as select '{text}' as nama from range(5000)")
            if kind == "parquet":
                connection.execute(f"copy t to '{path}' (format parquet, compression zstd)")
    assert found_in([path], tmp_path) == {name: {path}}


def test_a_date_of_birth_is_found_in_a_date_column(tmp_path: Path) -> None:
    path = tmp_path / "dates.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select date '1977-07-07' as d) to '{path}' (format parquet)")
    assert set(found_in([path], tmp_path)) == {"1977-07-07"}
    assert files(tmp_path) == [path], "the copy that was looked into is removed"
