"""What `asn status` says before anything is built is what the mart says after it, cell by cell."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from e2e_home import OCTOBER, Month, settings_over

from asn_warehouse import admission, build
from asn_warehouse.settings import Settings
from asn_warehouse.status import submission_status

pytestmark = pytest.mark.slow

COLUMNS = (
    "agency_code", "agency_name", "dataset", "status", "due_at", "received_at", "revisions",
    "rows_read", "accepted", "rejected", "warned", "replayed", "refusal_rule",
    "has_refused_revision",
)  # fmt: skip


def told(settings: Settings) -> set[tuple[Any, ...]]:
    found = submission_status(settings, OCTOBER)
    cells = {tuple(getattr(one, name) for name in COLUMNS) for one in found}
    assert len(cells) == len(found) > 100
    return cells


def built(database: Path) -> set[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        query = f"select {', '.join(COLUMNS)} from marts.submission_scorecard"
        return set(connection.execute(query).fetchall())


def test_the_status_of_a_simulated_month_equals_the_scorecard(month: Month) -> None:
    assert month.result.context is not None
    expected = built(month.result.context.database)
    assert told(month.settings) == expected
    statuses = {cell[COLUMNS.index("status")] for cell in expected}
    assert {"on_time", "missing", "refused"} <= statuses


def test_they_agree_on_late_corrections_admitted_and_refused(month: Month, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(month.settings.home, home, ignore=shutil.ignore_patterns("warehouse", "report"))
    settings = settings_over(home)
    sent = [cell for cell in told(settings) if cell[COLUMNS.index("status")] == "on_time"]
    pairs = sorted({(cell[0], cell[2]) for cell in sent if cell[2] in ("jabatan", "kinerja")})[:2]
    for (agency, dataset), text in zip(pairs, ("nip;x\n1;2\n", None), strict=True):
        (path,) = (settings.landing / str(OCTOBER) / agency).glob(f"{dataset}.*")
        content = path.read_bytes() if text is None else text.encode()
        path.unlink()
        path = path if text is None else path.with_name(f"{dataset}.csv")
        path.write_bytes(content + (b"\n" if text is None else b""))
        later = datetime(2026, 12, 20, tzinfo=UTC).timestamp()
        os.utime(path, (later, later))
    summary = admission.ingest(settings, OCTOBER)
    assert {outcome.refusal_rule is None for outcome in summary.outcomes} == {True, False}
    context = build.prepare(settings, OCTOBER)
    build.run_dbt(context, ["+submission_scorecard"])
    expected = built(context.database)
    assert told(settings) == expected
    assert any(cell[COLUMNS.index("has_refused_revision")] for cell in expected)
