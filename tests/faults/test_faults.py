"""Every faulty file gets its exact answer: exit code, status, rule, message, and conservation."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from faults.catalogue import Case
from faults.every import CASES
from support import AGENCY, PERIOD, RECEIVED, Home, make_home
from typer.testing import CliRunner

from asn_warehouse import admission
from asn_warehouse.cli import app
from asn_warehouse.periods import Period

FIRST_AGENCY = 2_000


@dataclass(frozen=True)
class Landed:
    """What one ingest made of all cases: outcome, place and stored rows of each."""

    home: Home
    outcomes: dict[str, admission.Outcome]
    paths: dict[str, Path]
    logged: dict[str, dict[str, Any]]
    stored: dict[str, Counter[str]]

    def receipt(self, case: Case) -> dict[str, Any]:
        file = self.outcomes[case.id].file
        path = self.home.settings.outbox / PERIOD / file.agency_code
        content: dict[str, Any] = json.loads(
            (path / f"{file.dataset}.receipt.json").read_text("utf-8")
        )
        return content


def stored_rows(home: Home, root: Path) -> Counter[str]:
    """Count the rows below ``root`` by submission."""
    found: Counter[str] = Counter()
    for folder in sorted(path for path in root.glob("*") if path.name != "submission"):
        files = [str(path) for path in folder.rglob("*.parquet")]
        if files:
            query = "select submission_id, count(*) from read_parquet(?) group by 1"
            found.update(dict(duckdb.execute(query, [files]).fetchall()))
    return found


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """All cases, each in the folder of an agency of its own, after one ingest."""
    codes = {case.id: str(FIRST_AGENCY + n) for n, case in enumerate(CASES)}
    home = make_home(tmp_path_factory.mktemp("faults") / "home", list(codes.values()))
    paths = {}
    for case in CASES:
        folder = home.settings.landing / PERIOD / (case.folder or codes[case.id])
        folder.mkdir(parents=True, exist_ok=True)
        paths[case.id] = folder / case.name
        case.write(paths[case.id])
        received = RECEIVED.timestamp()
        os.utime(paths[case.id], (received, received), follow_symlinks=False)
    summary = admission.ingest(home.settings, Period.parse(PERIOD))
    by_path = {Path(outcome.file.path): outcome for outcome in summary.outcomes}
    vault = home.settings.vault
    roots = {"lake": home.settings.lake, **{n: vault / n for n in ("identity", "rejected")}}
    return Landed(
        home,
        {id: by_path[path] for id, path in paths.items() if path in by_path},
        paths,
        {row["submission_id"]: row for row in home.log()},
        {name: stored_rows(home, root) for name, root in roots.items()},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_answer_is_the_right_one(landed: Landed, case: Case) -> None:
    outcome, wanted = landed.outcomes[case.id], case.answer
    receipt = landed.receipt(case)
    reasons = {reason.rule: reason.rows for reason in outcome.reasons}
    assert (outcome.status, outcome.refusal_rule) == (wanted.status, wanted.refusal), reasons
    assert reasons == dict(wanted.rules)
    assert (outcome.rows_read, outcome.rows_rejected) == (wanted.read, wanted.rejected)
    assert outcome.rows_warned == wanted.warned
    assert receipt["status"] == wanted.status
    refusal = receipt["penolakan_berkas"] or {"alasan": ""}
    texts = [refusal["alasan"], *(reason["alasan"] for reason in receipt["alasan"])]
    assert wanted.says in " ".join(texts)
    if wanted.status != "diterima":
        assert wanted.says, "a case says what the agency reads"
    if wanted.numbers is not None:
        assert tuple(row.row_number for row in outcome.rejected) == wanted.numbers
    if wanted.ignored is not None:
        assert outcome.ignored == wanted.ignored
    if wanted.values:
        rows = landed.home.lake(case.dataset, outcome.file.agency_code)
        found = {name: [row[name] for row in rows] for name in wanted.values}
        assert found == dict(wanted.values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_row_is_accepted_or_rejected_and_stored_there(landed: Landed, case: Case) -> None:
    outcome = landed.outcomes[case.id]
    row = landed.logged[outcome.submission_id]
    assert row["rows_read"] == row["rows_accepted"] + row["rows_rejected"] == case.answer.read
    assert (row["status"], row["refusal_rule"]) == (case.answer.status, case.answer.refusal)
    stored = {name: rows[outcome.submission_id] for name, rows in landed.stored.items()}
    accepted = case.answer.read - case.answer.rejected
    if case.answer.refusal:
        assert accepted == 0, "nothing of a refused file is stored"
    has_names = case.dataset == "pegawai"
    assert stored == {
        "lake": accepted,
        "identity": accepted if has_names else 0,
        "rejected": case.answer.rejected,
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliRunner]:
    """The command line in this process, over a home with one agency."""
    home = make_home(tmp_path_factory.mktemp("check") / "home", [AGENCY])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_HOME", str(home.settings.home))
        patch.setenv("ASN_THREADS", "2")
        patch.setenv("ASN_MEMORY_LIMIT", "512MB")
        patch.setenv("COLUMNS", "500")
        yield CliRunner()


def one_for_each_answer() -> list[Case]:
    """Return a case for every answer that a kind of file can get, and what may confuse a screen."""
    chosen = {"code-markup": None, "ignored-markup": None, "escape-in-name": None}
    seen = set()
    for case in CASES:
        answer = (Path(case.name).suffix, case.answer.refusal, *case.answer.rules)
        if case.is_checked and answer not in seen:
            seen.add(answer)
            chosen[case.id] = None
    return [case for case in CASES if case.id in chosen]


CHECKED = one_for_each_answer()


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: case.id)
def test_a_check_before_sending_says_the_same(landed: Landed, run: CliRunner, case: Case) -> None:
    options = ["--dataset", case.dataset, "--period", PERIOD]
    path = str(landed.paths[case.id])
    ended = run.invoke(app, ["check", path, *options, "--agency", AGENCY])
    assert ended.exit_code == case.answer.exit_code, ended.output
    said = " ".join(ended.output.split())
    assert case.answer.status.replace("_", " ") in said
    assert case.answer.says in said


def test_nothing_is_left_of_refused_files_and_of_the_work(landed: Landed) -> None:
    home = landed.home.settings.home
    files = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    kept = {path.parts[0] for path in files}
    assert kept <= {"landing", "reference", "lake", "outbox", "vault", "locks"}
    assert not list(landed.home.settings.vault.rglob("*.csv"))


def test_there_are_at_least_two_hundred_cases_each_different() -> None:
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)
    assert len({case.did for case in CASES}) == len(CASES)
