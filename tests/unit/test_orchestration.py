"""What the DAGs decide by themselves: the month, when it is ready, when a run has failed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from asn_warehouse import lake, orchestration
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.settings import PROJECT_DIR, get_settings

AGENCIES = """kode_instansi,nama_instansi,jenis,berlaku_mulai,berlaku_sampai
4011,Kementerian Satu,KEMENTERIAN,2000-01-01,
7471,Kota Kendari,KOTA,2000-01-01,
9999,Lembaga Lama,LPNK,2000-01-01,2026-09-30
"""
CALENDAR = """period,dataset,jatuh_tempo,wajib
2026-10,pegawai,2026-11-08,Y
2026-10,kinerja,2026-11-09,Y
2026-10,standar_kompetensi,2026-11-08,T
2026-09,pegawai,2026-10-08,Y
"""
BEFORE, DUE, AFTER = date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 10)
ALL = [(agency, dataset) for agency in ("4011", "7471") for dataset in ("pegawai", "kinerja")]

Submit = Callable[..., None]


@pytest.fixture
def submit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Submit:
    """Set what the commit log holds: accepted and refused (agency, dataset) pairs."""
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "instansi.csv").write_text(AGENCIES)
    (reference / "kalender.csv").write_text(CALENDAR)
    monkeypatch.setenv("ASN_HOME", str(tmp_path))

    def log(accepted: list[tuple[str, str]], refused: list[tuple[str, str]] | None = None) -> None:
        rows = [(*pair, "diterima_sebagian") for pair in accepted]
        rows += [(*pair, "ditolak") for pair in refused or []]
        names = ("agency_code", "dataset", "status")
        text = pa.schema([(name, pa.string()) for name in names])
        data = [dict(zip(names, row, strict=True)) for row in rows]
        table = pa.Table.from_pylist(data, schema=text)
        monkeypatch.setattr(lake, "read_submissions", lambda settings, period=None: table)

    return log


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        (datetime(2026, 11, 9, 23, 0, tzinfo=UTC), "2026-10"),  # the 10th, 06:00 in Jakarta
        (datetime(2026, 10, 31, 16, 59, tzinfo=UTC), "2026-09"),  # 31 October, 23:59 in Jakarta
        (datetime(2026, 10, 31, 17, 0, tzinfo=UTC), "2026-10"),  # 1 November, 00:00 in Jakarta
        (datetime(2027, 1, 10, 0, 0, tzinfo=UTC), "2026-12"),
    ],
)
def test_without_a_parameter_the_month_before_on_jakartas_calendar_is_meant(
    moment: datetime, period: str
) -> None:
    assert orchestration.period_of_run({"period": None}, moment) == period


def test_the_parameter_names_another_month_and_a_wrong_one_is_refused() -> None:
    moment = datetime(2026, 11, 10, tzinfo=UTC)
    assert orchestration.period_of_run({"period": "2025-02"}, moment) == "2025-02"
    with pytest.raises(UsageError):
        orchestration.period_of_run({"period": "2025-13"}, moment)


def test_a_month_is_ready_as_soon_as_all_expected_files_are_accepted(submit: Submit) -> None:
    submit(ALL)
    answer = orchestration.readiness("2026-10", BEFORE)
    assert answer["is_ready"] is True
    assert (answer["expected"], answer["received"]) == (4, 4)


@pytest.mark.parametrize(("today", "is_ready"), [(BEFORE, False), (DUE, False), (AFTER, True)])
def test_a_month_with_missing_files_waits_until_its_last_due_date_has_passed(
    submit: Submit, today: date, is_ready: bool
) -> None:
    submit(ALL[:-1])
    answer = orchestration.readiness("2026-10", today)
    assert answer["is_ready"] is is_ready
    assert answer["received"] == 3
    assert answer["due_on"] == "2026-11-09"


def test_a_refused_file_does_not_count_as_received(submit: Submit) -> None:
    submit(ALL[:-1], refused=[ALL[-1]])
    assert orchestration.readiness("2026-10", BEFORE)["is_ready"] is False


def test_a_month_for_which_nothing_was_accepted_is_never_ready(submit: Submit) -> None:
    submit([], refused=ALL)
    assert orchestration.readiness("2026-10", AFTER)["is_ready"] is False


def test_files_beyond_the_calendar_do_not_stand_in_for_missing_ones(submit: Submit) -> None:
    submit([*ALL[:-1], ("9999", "pegawai"), ("4011", "standar_kompetensi")])
    assert orchestration.readiness("2026-10", BEFORE)["is_ready"] is False


def test_a_summary_adds_up_its_chunks_and_refused_files_are_no_failure() -> None:
    one = {"files": 3, "refused": 1, "rows_read": 10}
    assert orchestration.summarise(2, [one, one])["refused"] == 2
    assert orchestration.summarise(0, [])["files"] == 0


def test_a_chunk_without_a_result_fails_the_summary() -> None:
    with pytest.raises(AsnError, match="1 of 2 chunks"):
        orchestration.summarise(2, [{"files": 3}])


def test_every_dataset_of_the_contracts_is_admitted_by_exactly_one_dag() -> None:
    families = [
        family
        for path in sorted((PROJECT_DIR / "dags").glob("ingest_*.py"))
        for family in re.findall(r'plan_chunks\(.*"(\w+)"\)', path.read_text("utf-8"))
    ]
    admitted = [name for family in families for name in orchestration.datasets_of(family)]
    assert sorted(admitted) == sorted(datasets(get_settings()))
    assert len(families) == 3
