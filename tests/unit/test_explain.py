"""Which submissions count for a number, and what explains it before a publication."""

from datetime import date, datetime

import duckdb
import pytest
from support import Home

from asn_warehouse import explain, lineage
from asn_warehouse.errors import NotPublished
from asn_warehouse.explain import Source
from asn_warehouse.lineage import Column, Lineage, Node
from asn_warehouse.periods import Period
from asn_warehouse.publish import Publication
from asn_warehouse.rules import Rule, resting

OCTOBER = Period(2026, 10)
AS_OF = datetime(2026, 11, 10)
COUNT = Column("people", "bigint", "People.", "Pegawai", "People", ("snapshot",))
PROJECT = Lineage(
    {
        "lake.pegawai": Node("lake.pegawai", "source", "staging", "", "Roster.", ()),
        "lake.kinerja": Node("lake.kinerja", "source", "staging", "", "Appraisals.", ()),
        "lake.submission": Node("lake.submission", "source", "staging", "", "Log.", ()),
        "box": Node(
            "box",
            "model",
            "marts",
            "talent",
            "Grain: period.",
            ("lake.kinerja", "lake.pegawai", "lake.submission"),
            columns={"people": COUNT},
        ),
    }
)
SENT = (
    # dataset, period, revision, status, received
    ("pegawai", "2026-10", 1, "diterima", "2026-11-01"),
    ("pegawai", "2026-10", 2, "diterima_sebagian", "2026-11-02"),
    ("pegawai", "2026-10", 3, "ditolak", "2026-11-03"),
    ("pegawai", "2026-10", 4, "diterima", "2026-11-11"),
    ("pegawai", "2026-09", 1, "diterima", "2026-10-01"),
    ("pegawai", "2026-11", 1, "diterima", "2026-11-09"),
    ("kinerja", "2026-10", 1, "diterima", "2026-11-01"),
    ("kinerja", "2022-10", 1, "diterima", "2022-11-01"),
    ("kinerja", "2022-09", 1, "diterima", "2022-10-01"),
)


def carry(months: str, first: date, last: date | None) -> Rule:
    return Rule(
        "snapshot.carry_forward_months", "snapshot", "carry_forward_months", months, "months",
        first, last, "Rancangan proyek", "D", "Data diteruskan.",
    )  # fmt: skip


RULES = (carry("2", date(2017, 1, 1), date(2026, 9, 30)), carry("1", date(2026, 10, 1), None))


def told(home: Home, sent: tuple[tuple[object, ...], ...], agency: str | None = "4011") -> set[str]:
    """The submissions that count, each as dataset/period/revision."""
    publication = Publication(OCTOBER, 1, "b1", AS_OF, AS_OF, "0" * 64, 1, True)
    with duckdb.connect() as connection:
        connection.execute(
            "create schema ops; create table ops.submission"
            " (submission_id varchar, dataset varchar, agency_code varchar, period varchar,"
            " revision int, status varchar, received_at timestamp, rows_read int,"
            " rows_accepted int, rows_rejected int);"
            "create table box as select date '2026-10-01' as period, 7::bigint as people"
        )
        rows = [(f"{d}/{p}/{r}", d, "4011", p, r, s, t, 9, 8, 1) for d, p, r, s, t in sent]
        connection.executemany("insert into ops.submission values (?,?,?,?,?,?,?,?,?,?)", rows)
        source = Source(home.settings, publication, PROJECT, RULES, connection)
        found = explain.explain_column(source, "box", "people", agency)
    assert found.values is not None and found.values.shown == ((7,),)
    assert [rule.value for rule in found.rules if rule.is_in_force(found.on)] == ["1"]
    return {
        one.submission_id + "+" * one.is_carried_forward
        for dataset in found.datasets
        for one in dataset.shown
    }


def test_of_each_month_the_last_admitted_revision_known_then_counts(home: Home) -> None:
    assert told(home, SENT) == {"pegawai/2026-10/2", "kinerja/2026-10/1", "kinerja/2022-10/1"}


def test_a_snapshot_stands_in_for_a_missing_one_as_long_as_the_rule_in_force_says(
    home: Home,
) -> None:
    roster = ("pegawai", "2026-09", 1, "diterima", "2026-10-01")
    assert told(home, (roster,)) == {"pegawai/2026-09/1+"}
    assert told(home, (("pegawai", "2026-08", *roster[2:]),)) == set()


def test_a_rule_belongs_to_its_set_its_item_and_the_items_below_it() -> None:
    weight = Rule(
        "w", "talent", "performance.main", "60", "weight", date(2026, 1, 1), None, "s", "C2", "n"
    )
    entries = ("talent", "talent.performance", "talent.performance.main")
    assert all(resting([weight], [entry]) for entry in entries)
    others = ("talent.perform", "talent.main", "talent_box", "tal")
    assert not any(resting([weight], [entry]) for entry in others)


def test_before_a_publication_the_project_explains_itself_but_no_agency(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "of_project", lambda _: PROJECT)
    found = explain.explain(home.settings, "box", "people")
    assert found.publication is None and found.values is None
    assert {rule.rule_set for rule in found.rules} == {"snapshot"}
    assert [dataset.title for dataset in found.datasets] == ["Penilaian kinerja", "Daftar pegawai"]
    with pytest.raises(NotPublished):
        explain.explain(home.settings, "box", "people", agency="4011")
