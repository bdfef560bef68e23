"""Names and shapes that nobody expects: each gets an answer, and no other agency notices."""

import importlib
import json
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support import (
    AGENCY,
    APPRAISAL,
    GOOD,
    NIPS,
    OTHER,
    PERIOD,
    Home,
    appraisals,
    csv_text,
    other_goes_on,
    workbook,
)

from asn_warehouse import admission
from asn_warehouse.admission import places
from asn_warehouse.admission.batch import Batch
from asn_warehouse.periods import Period

NIP = "198501012010011001"


def everything_but_vault_and_outbox(home: Home) -> bytes:
    kept = {"vault", "outbox", "landing", "reference"}
    files = [p for p in home.settings.home.rglob("*") if p.is_file()]
    return b"".join(
        p.read_bytes() for p in files if p.relative_to(home.settings.home).parts[0] not in kept
    )


def test_file_and_folder_names_may_be_anything_and_stay_out_of_the_commit_log(home: Home) -> None:
    month = home.settings.landing / PERIOD
    for agency, name in (
        (AGENCY, f"{NIP} Budi Santoso.csv"),
        (f"Dinas {NIP}", "kinerja.csv"),
        (AGENCY, "x" * 240 + ".csv"),
        (AGENCY, "kin'erja; drop.csv"),
        (AGENCY, os.fsdecode(b"pegawai_\xe9.csv")),
    ):
        (month / agency).mkdir(parents=True, exist_ok=True)
        (month / agency / name).write_text(GOOD)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    refused = [row for row in home.log() if row["status"] == "ditolak"]
    assert {row["refusal_rule"] for row in refused} == {
        "file.unknown_dataset",
        "file.unknown_agency",
    }
    assert len(refused) == 5
    logged = json.dumps(refused, default=str)
    assert NIP not in logged and "Budi" not in logged and "budi" not in logged
    assert NIP.encode() not in everything_but_vault_and_outbox(home)
    receipts = [
        json.loads(path.read_text()) for path in home.settings.outbox.rglob("*.receipt.json")
    ]
    assert f"{NIP} Budi Santoso.csv" in {receipt["berkas"] for receipt in receipts}


def test_a_workbook_with_one_cell_at_the_far_corner_is_refused(home: Home, tmp_path: Path) -> None:
    sound = workbook(tmp_path / "w.xlsx", [APPRAISAL, *appraisals(3)])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(bomb, "w") as target:
        for part in source.namelist():
            xml = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                xml = xml.replace(b"</sheetData>", corner)
            target.writestr(part, xml)
    home.land("kinerja.xlsx", bomb.read_bytes())
    home.land("kinerja.csv", GOOD, agency=OTHER)
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    assert home.receipt("kinerja")["penolakan_berkas"]["aturan"] == "file.too_large"


def test_a_link_to_another_agencys_file_is_refused(home: Home) -> None:
    theirs = home.land("kinerja.csv", GOOD, agency=OTHER)
    mine = home.settings.landing / PERIOD / AGENCY / "kinerja.csv"
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.symlink_to(theirs)
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    assert home.receipt("kinerja")["penolakan_berkas"]["aturan"] == "file.link"


def refusals(home: Home) -> set[tuple[str, str, str]]:
    """Return (month, agency, rule) of what an ingest refuses."""
    found = admission.ingest(home.settings, Period.parse(PERIOD)).outcomes
    return {
        (o.file.period, o.file.agency_code, o.refusal_rule)
        for o in found
        if o.refusal_rule is not None
    }


def test_a_file_in_a_wrong_place_gets_an_answer_once(home: Home) -> None:
    home.land("kinerja.csv", GOOD)
    home.land("lama/arsip/kinerja.csv", GOOD)
    home.land("kinerja.csv", GOOD, period="Oktober")
    (home.settings.landing / "kinerja.csv").write_text(GOOD)
    (home.settings.landing / PERIOD / "kinerja.csv").write_text(GOOD)
    strays = {
        ("Oktober", "4011", "file.unknown_period"),
        ("tanpa-bulan", "tanpa-instansi", "file.unknown_period"),
    }
    assert refusals(home) == strays | {
        (PERIOD, AGENCY, "file.nested"),
        (PERIOD, "tanpa-instansi", "file.unknown_agency"),
    }
    assert home.receipt("kinerja")["status"] == "diterima", "a stray copy leaves it its answer"
    nested = next(row for row in home.log() if row["refusal_rule"] == "file.nested")
    answer = home.receipt(nested["dataset"])["penolakan_berkas"]
    assert "lama/arsip/kinerja.csv" in answer["alasan"] and "Pindahkan" in answer["perbaikan"]
    assert refusals(home) == strays, "what stands in the commit log is answered once"


def test_links_and_pipes_are_refused_unread_and_hang_nothing(home: Home, tmp_path: Path) -> None:
    month = home.settings.landing / PERIOD / AGENCY
    home.land("kinerja.csv", GOOD, agency=OTHER)
    month.mkdir()
    (month / "kinerja.csv").symlink_to("/dev/zero")
    (month / "jabatan.csv").symlink_to(tmp_path / "nowhere")
    (month / "lama").symlink_to(home.settings.landing, target_is_directory=True)
    os.mkfifo(month / "pegawai.csv")
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    links = [o for o in outcomes.values() if o.refusal_rule == "file.link"]
    assert len(links) == 4
    assert {o.sha256 for o in links} == {""}
    assert home.ingest() == {}


def grow(path: Path) -> None:
    with path.open("a") as file:
        file.write("198003172005012399,2025,TAHUNAN,3,2,\n")


@pytest.mark.parametrize("rows", [3, 4000])
@pytest.mark.parametrize("change", [grow, Path.unlink, lambda path: os.truncate(path, 60)])
@pytest.mark.parametrize(
    ("stage", "before"),
    [("open_file", True), ("open_file", False), ("load", False), ("judge", False)],
)
def test_a_file_that_changes_while_it_is_read_is_refused_and_read_by_the_next_ingest(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    change: Callable[[Path], None],
    stage: str,
    before: bool,
) -> None:
    lines = [[(n % 2 and NIP) or NIPS[n % 700], 1900 + n, "TAHUNAN", 3, 2, ""] for n in range(rows)]
    content = csv_text(APPRAISAL, lines)
    path = home.land("kinerja.csv", content)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    owner = {"open_file": importlib.import_module("asn_warehouse.admission.admit")}.get(
        stage, Batch
    )
    honest = getattr(owner, stage)

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        if before:
            change_once()
        result = honest(*arguments, **options)
        change_once()
        return result

    def change_once() -> None:
        with suppress(FileNotFoundError):  # another thread may have been first
            if path.read_text() == content:
                change(path)

    monkeypatch.setattr(owner, stage, meanwhile)
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    assert outcomes[AGENCY, "kinerja.csv"].refusal_rule == "file.changing"
    assert home.lake("kinerja") == []
    assert "titik" in home.receipt("kinerja")["penolakan_berkas"]["perbaikan"]
    if path.exists():
        assert home.ingest()[AGENCY, "kinerja.csv"].refusal_rule != "file.changing"


def test_a_file_that_is_renamed_during_the_listing_hinders_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.land("kinerja.csv", GOOD)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    honest = places.entry_of

    def meanwhile(found: Path, parts: tuple[str, ...] = ()) -> places.Entry:
        if found == path:
            path.rename(path.with_name("KINERJA.csv"))
        return honest(found, parts)

    monkeypatch.setattr(places, "entry_of", meanwhile)
    other_goes_on(home, home.ingest())
    assert home.ingest()[AGENCY, "KINERJA.csv"].status == "diterima"


@pytest.mark.parametrize("refused", ["folder", "file"])
def test_what_the_operator_may_not_read_hinders_nobody_else(
    home: Home, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    path = home.land("kinerja.csv", GOOD)
    home.land("kinerja.csv", GOOD, agency=OTHER)
    list_honestly, open_honestly = os.scandir, Path.open

    def listed(folder: Path) -> Any:
        if refused == "folder" and folder == path.parent:
            raise PermissionError(folder)
        return list_honestly(folder)

    def opened(file: Path, *arguments: Any, **options: Any) -> Any:
        if refused == "file" and file == path:
            raise PermissionError(file)
        return open_honestly(file, *arguments, **options)

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(Path, "open", opened)
    outcomes = home.ingest()
    other_goes_on(home, outcomes)
    mine = outcomes.get((AGENCY, "kinerja.csv"))
    assert (mine and mine.refusal_rule) == (None if refused == "folder" else "file.unreadable")
    assert home.ingest() == {}


def test_two_names_that_differ_in_case_are_two_revisions_in_one_order_and_rest(home: Home) -> None:
    shorter = GOOD.rpartition("1980")[0]
    home.land("kinerja.csv", GOOD)
    home.land("KINERJA.CSV", shorter)
    outcomes = home.ingest()
    assert outcomes[AGENCY, "KINERJA.CSV"].revision == 1
    assert outcomes[AGENCY, "kinerja.csv"].revision == 2
    assert home.ingest() == {} == home.ingest()
    assert len(home.lake("kinerja")) == 3


def test_the_same_bytes_under_two_names_are_one_submission(home: Home) -> None:
    for name in ("kinerja.csv", "Kinerja.csv", "KINERJA.CSV"):
        home.land(name, GOOD)
    outcomes = home.ingest()
    assert {o.is_known for o in outcomes.values()} == {True, False}
    assert [row["revision"] for row in home.log()] == [1]
    assert home.ingest() == {}


def test_two_files_of_the_same_second_are_two_revisions_in_the_order_of_their_names(
    home: Home, tmp_path: Path
) -> None:
    sheet = workbook(tmp_path / "w.xlsx", [APPRAISAL, *appraisals(5)])
    home.land("kinerja.xlsx", sheet.read_bytes())
    home.land("kinerja.csv", GOOD)
    home.ingest()
    assert [(row["file_format"], row["revision"]) for row in home.log()] == [
        ("csv", 1),
        ("xlsx", 2),
    ]
    first, second = (row["received_at"] for row in home.log())
    assert (second - first).total_seconds() == 1
    assert home.ingest() == {}


def test_an_agency_folder_in_other_letters_is_no_agency(home: Home) -> None:
    for agency in ("４０１１", f" {AGENCY}", f"{AGENCY}\u200b", "4011\u0301"):
        home.land("kinerja.csv", GOOD, agency=agency)
    assert {rule for _, _, rule in refusals(home)} == {"file.unknown_agency"}
    assert refusals(home) == set()
