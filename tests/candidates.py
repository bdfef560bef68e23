"""Small hand-made candidates: what a build leaves behind, without dbt."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from asn_warehouse import build
from asn_warehouse.build import BuildContext
from asn_warehouse.periods import Period
from asn_warehouse.publish import REQUIRED
from asn_warehouse.settings import Settings

MARTS = {"gap_agency": False, "gap_person": True, "scorecard": False}
SOURCES = {
    f"source.asn_warehouse.lake.{name}": {
        "resource_type": "source",
        "source_name": "lake",
        "name": name,
    }
    for name in ("pegawai", "kinerja")
}
AS_OF = datetime(2026, 11, 10, 1, 2, 3)
GRAINS = {
    "gap_agency": ["period", "agency_code"],
    "gap_person": ["period", "person_key"],
    "scorecard": ["period", "dataset"],
}


def settings_of(home: Path, **more: object) -> Settings:
    """Return settings over ``home`` with a small engine."""
    return Settings(home=home, memory_limit="512MB", threads=2, **more)  # type: ignore[arg-type]


def make_candidate(
    settings: Settings,
    period: str,
    seed: int = 1,
    people: int = 50,
    passed: tuple[str, ...] = REQUIRED,
    log: Sequence[tuple[str, str, int, str, str]] = (),
    as_of: datetime = AS_OF,
    rules: str = "",
) -> BuildContext:
    """Return an audited candidate whose figures depend on ``seed``.

    ``log`` has the commit log of the month: dataset, agency, revision, time of receipt, status.
    """
    month = Period.parse(period)
    directory = settings.warehouse / "build" / period
    target = directory / "target"
    target.mkdir(parents=True, exist_ok=True)
    for stale in (*directory.glob("build.*"), *directory.glob("*.json*")):
        stale.unlink(missing_ok=True)
    database = directory / "build.duckdb"
    first = f"date '{month.first_day}'"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"""
            create schema marts;
            create table marts.gap_person as
              select {first} as period, '4011' as agency_code, md5(i::varchar) as person_key,
                     -((i * {seed}) % 4)::integer as gap, {month.month}::bigint as month_no
              from range({people}) as t(i);
            create table marts.gap_agency as
              select {first} as period, agency_code, count(*)::bigint as people,
                     avg(gap)::double as gap_mean, {month.month}::bigint as month_no
              from marts.gap_person group by all;
            create table marts.scorecard as
              select {first} as period, 'pegawai' as dataset, null::double as score,
                     {month.month}::bigint as month_no;
            create schema lake;
            create table lake.submission (
              dataset varchar, agency_code varchar, period varchar, submission_id varchar,
              revision integer, received_at timestamp, status varchar);
            create schema core;
            create table core.dim_agency as
              select '4011' as agency_code, 'Badan Kepegawaian Negara' as agency_name;
            """
        )
        for dataset, agency, revision, received_at, status in log:
            connection.execute(
                "insert into lake.submission values (?, ?, ?, ?, ?, ?, ?)",
                [
                    *(dataset, agency, period, f"{dataset}-{agency}-{revision}"),
                    *(revision, received_at, status),
                ],
            )
    (target / "manifest.json").write_text(json.dumps({"nodes": _nodes(), "sources": SOURCES}))
    context = BuildContext(
        build_id=f"b{seed:016x}",
        home=settings.home,
        period=month,
        as_of=as_of,
        database=database,
        target_dir=target,
        dbt_dir=settings.dbt_dir,
        engine="duckdb",
        git_revision=None,
        prepared_at=datetime(2026, 11, 10, 2, 0, 0),
        dbt_vars={},
        rules_sha256=rules,
    )
    (directory / "build.json").write_text(context.to_json())
    for step in passed:
        build.mark(context, step)
    return context


def _nodes() -> dict[str, object]:
    """Return what dbt's manifest says of the marts, all of them computed from pegawai."""
    models = {
        f"model.asn_warehouse.{name}": {
            "resource_type": "model",
            "schema": "marts",
            "alias": name,
            "depends_on": {"nodes": ["source.asn_warehouse.lake.pegawai"]},
            "config": {
                "materialized": "table",
                "meta": {"restricted": restricted, "counts_refused": name == "scorecard"},
            },
        }
        for name, restricted in MARTS.items()
    }
    tests = {
        f"test.asn_warehouse.grain_is_unique_{name}": {
            "resource_type": "test",
            "schema": "tests",
            "alias": f"grain_is_unique_{name}",
            "attached_node": f"model.asn_warehouse.{name}",
            "test_metadata": {"name": "grain_is_unique", "kwargs": {"columns": columns}},
            "config": {},
        }
        for name, columns in GRAINS.items()
    }
    return models | tests


def served_rows(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every served mart, sorted; not the history of their publications."""
    with duckdb.connect(str(settings.marts_database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main'"
            " and table_name <> 'publication_diff'"
        ).fetchall()
        return {
            name: connection.execute(f"from marts.{name} order by all").fetchall()
            for (name,) in sorted(names)
        }
