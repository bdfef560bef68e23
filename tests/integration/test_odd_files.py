"""Names and shapes that nobody expects: each gets an answer, and no other agency notices."""

import json
import os
import zipfile
from pathlib import Path

from support import (
    AGENCY,
    APPRAISAL,
    GOOD,
    OTHER,
    PERIOD,
    Home,
    appraisals,
    other_goes_on,
    workbook,
)

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
