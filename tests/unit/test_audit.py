"""The audit: appended in one chain, each event once, and no number of a person in it."""

import json
import multiprocessing
from pathlib import Path

import pytest
from candidates import make_candidate, settings_of

from asn_warehouse import audit, ops, publish
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", operator="sri")


def journal(home: Settings) -> Path:
    return home.warehouse / "ops" / "audit.jsonl"


def test_rows_say_who_what_and_why_in_order(home: Settings) -> None:
    audit.record(home, "lookup", subject="ab" * 32, reason="ND-31/2026")
    audit.record(home, "approve", who="budi", period="2026-10", version=2)
    rows = audit.rows(home)
    assert [(r["number"], r["actor"], r["action"], r["reason"]) for r in rows] == [
        (1, "sri", "lookup", "ND-31/2026"),
        (2, "budi", "approve", None),
    ]
    assert rows[1]["previous_sha256"] == rows[0]["sha256"]
    assert all(set(row) == set(ops.TABLES["audit"]) for row in rows)


def test_without_a_setting_the_system_says_who_works(tmp_path: Path) -> None:
    assert audit.actor(Settings(home=tmp_path, operator=""))


def _change(lines: list[str]) -> list[str]:
    row = json.loads(lines[1])
    return [lines[0], json.dumps({**row, "actor": "nobody"}), *lines[2:]]


def _chained(lines: list[str]) -> list[str]:
    """Return the rows as somebody would write them who knows how digests are made."""
    made, before = [], ""
    for line in lines:
        row = json.loads(line) | {"previous_sha256": before}
        before = row["sha256"] = audit._digest(row)
        made.append(json.dumps(row))
    return made


@pytest.mark.parametrize(
    ("what", "row"),
    [
        ("changed", 2),
        ("taken out", 2),
        ("first taken out", 1),
        ("swapped", 2),
        ("put in", 3),
        ("last taken out", 4),
        ("all taken out", 1),
        ("written anew", 4),
    ],
)
def test_a_row_that_was_tampered_with_is_found(home: Settings, what: str, row: int) -> None:
    for number in range(4):
        audit.record(home, "lookup", reason=f"letter {number}")
    lines = journal(home).read_text().splitlines()
    made = {
        "changed": _change(lines),
        "taken out": [lines[0], *lines[2:]],
        "first taken out": lines[1:],
        "swapped": [lines[0], lines[2], lines[1], lines[3]],
        "put in": [*lines[:2], lines[1], *lines[2:]],
        "last taken out": lines[:3],
        "all taken out": [],
        "written anew": _chained([lines[0], *_change(lines)[1:]]),
    }
    assert len(audit.rows(home)) == 4
    journal(home).write_text("\n".join(made[what]) + "\n")
    with pytest.raises(AsnError, match=f"changed at row {row}"):
        audit.rows(home)


@pytest.mark.parametrize(
    "reason",
    ["", "why not", "about 197707072003122987", "NIP 19770707 200312 2 987", "3271-0107-0777-0001"],
)
def test_a_reason_that_says_nothing_or_holds_a_number_is_refused(reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        audit.checked_reason(reason)
    assert "1977" not in str(refused.value)


def test_a_reason_may_name_letters_and_dates() -> None:
    text = " ND-31/BKD/2026  of 2026-11-05,\n agency 4011 "
    assert audit.checked_reason(text) == "ND-31/BKD/2026 of 2026-11-05, agency 4011"


def test_an_event_is_recorded_once(home: Settings) -> None:
    event = {"number": 1, "action": "publish", "period": "2026-10", "version": 1}
    event |= {"build_id": "b1", "content_sha256": "c", "actor": "sri"}
    for _ in range(3):
        audit.publications(home, [event, {**event, "number": 2, "action": "revert"}])
    assert [row["action"] for row in audit.rows(home)] == ["publish", "revert"]
    assert audit.record(home, "publish", event="publication-1") is None


def _append(home: str, name: str) -> None:
    for _ in range(20):
        audit.record(Settings(home=Path(home), operator=name), "lookup")


def test_processes_that_append_at_once_keep_one_chain(home: Settings) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(4) as pool:
        pool.starmap(_append, [(str(home.home), f"p{n}") for n in range(4)], chunksize=1)
    rows = audit.rows(home)
    assert len(rows) == 80
    assert {row["actor"] for row in rows} == {"p0", "p1", "p2", "p3"}


def test_a_line_that_a_crash_cut_off_does_not_break_the_chain(home: Settings) -> None:
    audit.record(home, "publish")
    with journal(home).open("a") as file:
        file.write('{"number": 2, "act')
    audit.record(home, "revert")
    assert [row["action"] for row in audit.rows(home)] == ["publish", "revert"]


def test_publications_and_reverts_are_in_the_audit_with_who_did_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", operator="sri")
    for seed in (1, 2):
        publish.publish(settings, make_candidate(settings, "2026-10", seed=seed))
    publish.revert(settings, Period.parse("2026-10"))
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    rows = audit.rows(settings)
    assert [(row["actor"], row["action"], row["version"]) for row in rows] == [
        ("sri", "publish", 1),
        ("sri", "publish", 2),
        ("sri", "revert", 1),
    ]


def test_a_publication_whose_publisher_died_before_the_audit_is_recorded_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path / "home", operator="sri")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "publications", lambda *_: None)
        publish.publish(settings, make_candidate(settings, "2026-10"))
    assert audit.rows(settings) == []
    publish.refresh_ops(settings.model_copy(update={"operator": "budi"}))
    assert [(row["actor"], row["action"]) for row in audit.rows(settings)] == [("sri", "publish")]


def test_the_served_audit_has_the_row_of_what_was_just_done(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", operator="sri")
    publish.publish(settings, make_candidate(settings, "2026-10", seed=1))
    assert audit.compared(settings) == 1
    publish.publish(settings, make_candidate(settings, "2026-10", seed=2))
    publish.revert(settings, Period.parse("2026-10"))
    assert [row["action"] for row in audit.rows(settings)] == ["publish", "publish", "revert"]
    assert audit.compared(settings) == 3


def test_an_audit_that_was_written_anew_with_its_head_differs_from_the_served_one(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path / "home", operator="sri")
    publish.publish(settings, make_candidate(settings, "2026-10"))
    publish.publish(settings, make_candidate(settings, "2026-11"))
    lines = journal(settings).read_text().splitlines()
    journal(settings).write_text("\n".join(_chained(_change(lines))) + "\n")
    last = json.loads(journal(settings).read_text().splitlines()[-1])
    audit._keep_head(settings, last)
    assert len(audit.rows(settings)) == 2
    with pytest.raises(AsnError, match="not that of the home, at row 2"):
        audit.compared(settings)


def test_a_recorder_that_was_killed_before_the_vault_knew_breaks_nothing(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.record(home, "publish")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "_keep_head", lambda *_: None)
        audit.record(home, "revert")
    assert len(audit.rows(home)) == 2
    audit.record(home, "publish")
    assert len(audit.rows(home)) == 3
