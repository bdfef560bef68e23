"""Files of many layouts are judged together, and each row keeps its file, number and cells."""

import random

import pytest
from support import AGENCY, APPRAISAL, NIPS, OTHER, RECEIVED, Home, csv_text, make_home

AGENCIES = tuple(str(code) for code in range(5000, 5012))
ROWS = 300
"""Enough for a file that the engine reads itself."""


def sent(agency: str) -> tuple[list[str], list[list[str]], str]:
    """Return header, rows and delimiter as one agency writes them; some rows are wrong."""
    number = int(agency)
    order = random.Random(number % 4).sample(range(len(APPRAISAL)), len(APPRAISAL))
    rows = [
        [NIPS[n], "2025", "TAHUNAN", str(1 + n % 3), "2" if n % (7 + number % 5) else "x", ""]
        for n in range(ROWS + number % 10)
    ]
    return (
        [APPRAISAL[i] for i in order],
        [[row[i] for i in order] for row in rows],
        ",;|"[number % 3],
    )


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("layouts") / "home", (*AGENCIES, AGENCY, OTHER))


def test_rows_of_twelve_layouts_keep_their_file_their_number_and_their_cells(home: Home) -> None:
    for agency in AGENCIES:
        header, rows, delimiter = sent(agency)
        home.land("kinerja.csv", csv_text(header, rows, delimiter), agency)
    home.land("kinerja.csv", csv_text(APPRAISAL, [[NIPS[0], 2025, "TAHUNAN", 3, 2, ""]]), AGENCY)
    outcomes = home.ingest()
    layouts = {(sent(agency)[2], tuple(sent(agency)[0])) for agency in AGENCIES}
    assert len(layouts) == len(AGENCIES)
    for agency in AGENCIES:
        header, rows, _ = sent(agency)
        wrong = {at + 2: row for at, row in enumerate(rows) if "x" in row}
        outcome = outcomes[agency, "kinerja.csv"]
        assert (outcome.rows_read, outcome.rows_rejected) == (len(rows), len(wrong))
        assert {r.row_number: list(r.cells) for r in outcome.rejected} == {
            number: [cell or None for cell in row] for number, row in wrong.items()
        }
        right = {at + 2: row for at, row in enumerate(rows) if at + 2 not in wrong}
        grades = {row["row_number"]: row["hasil_kerja"] for row in home.lake("kinerja", agency)}
        assert grades == {n: int(row[header.index("hasil_kerja")]) for n, row in right.items()}
    assert len({row["batch_id"] for row in home.log()}) == 1, "one batch for all layouts"


@pytest.mark.parametrize("broken", [0, 5, 11])
def test_a_file_that_cannot_be_split_does_not_shift_the_rows_of_the_others(
    home: Home, broken: int
) -> None:
    for agency in AGENCIES:
        _, rows, _ = sent(agency)
        sound = [[nip, 2025, "TAHUNAN", 3, 2, ""] for nip in NIPS[: len(rows)]]
        text = csv_text(APPRAISAL, sound)
        if agency == AGENCIES[broken]:
            text = text.replace(f"{NIPS[100]},2025", f"{NIPS[100]},x,y,2025").replace(
                f"{NIPS[200]},2025", f"{NIPS[200]},tahun"
            )
        home.land("kinerja.csv", text, agency, received=RECEIVED)
    outcomes = home.ingest()
    for agency in AGENCIES:
        outcome = outcomes[agency, "kinerja.csv"]
        if agency == AGENCIES[broken]:
            assert [(r.row_number, r.rules) for r in outcome.rejected] == [
                (102, ("kinerja.broken_row",)),
                (202, ("kinerja.tahun.format",)),
            ]
        else:
            assert outcome.rejected == ()
        numbers = [row["row_number"] for row in home.lake("kinerja", agency)]
        wrong = {r.row_number for r in outcome.rejected}
        assert numbers == [n for n in range(2, outcome.rows_read + 2) if n not in wrong]
