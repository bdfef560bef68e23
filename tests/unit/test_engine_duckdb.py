"""A build sees what is committed, nothing else, and only the months that matter."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from candidates import settings_of

from asn_warehouse import build, contracts
from asn_warehouse.engines import columns
from asn_warehouse.engines import duckdb as engine
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

OCTOBER = Period.parse("2026-10")


def write_reference(settings: Settings) -> None:
    settings.reference.mkdir(parents=True)
    for name, typed in columns.REFERENCE.items():
        (settings.reference / f"{name}.csv").write_text(",".join(typed) + "\n")
    (settings.reference / "instansi.csv").write_text(
        ",".join(columns.REFERENCE["instansi"])
        + '\n4011,"Badan, Kepegawaian Negara",LPNK,,2000-01-01,,\n'
    )


def commit(
    settings: Settings,
    batch: str,
    period: str = "2026-10",
    dataset: str = "kinerja",
    status: str = "diterima",
    received: str = "2026-11-05 03:00:00",
    revision: int = 1,
    rows: int = 2,
    with_data: bool = True,
    extra: str = "",
) -> None:
    """Write one submission of agency 4011: its data, and its row of the commit log."""
    data = settings.lake / dataset / f"period={period}"
    log = settings.lake / "submission" / f"period={period}"
    data.mkdir(parents=True, exist_ok=True)
    log.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        if with_data:
            connection.execute(
                f"copy (select '{batch}' as submission_id, '4011' as agency_code,"
                f" 'k' || i as person_key, 2026 as tahun {extra} from range({rows}) as t(i))"
                f" to '{data / f'{batch}.parquet'}'"
            )
        connection.execute(
            f"copy (select '{batch}' as submission_id, '4011' as agency_code,"
            f" '{dataset}' as dataset, '{period}' as period, {revision} as revision,"
            f" timestamp '{received}' as received_at, '{status}' as status,"
            f" {rows}::bigint as rows_accepted, '{batch}' as batch_id)"
            f" to '{log / f'{batch}.parquet'}'"
        )


def seen(settings: Settings, query: str, as_of: datetime | None = None) -> list[tuple[object, ...]]:
    with engine.connect(settings) as connection:
        engine.see_lake(connection, settings, OCTOBER, as_of)
        return connection.execute(query).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_of(tmp_path)
    write_reference(made)
    return made


def test_a_file_that_was_never_committed_is_not_seen(settings: Settings) -> None:
    commit(settings, "s1")
    commit(settings, "s2")
    (settings.lake / "submission" / "period=2026-10" / "s2.parquet").unlink()
    assert seen(settings, "select distinct submission_id from lake.kinerja") == [("s1",)]


def test_a_committed_file_that_is_gone_stops_the_build(settings: Settings) -> None:
    commit(settings, "s1", with_data=False)
    with pytest.raises(ConfigurationError, match="has lost"):
        seen(settings, "select 1")


def test_datasets_nobody_sent_are_empty_and_typed_as_in_their_contract(settings: Settings) -> None:
    commit(settings, "s1")
    found = seen(
        settings,
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'lake' and table_name = 'pegawai' order by ordinal_position",
    )
    expected = contracts.lake_columns(settings, "pegawai")
    assert found == [*expected.items(), ("period", "VARCHAR")]
    assert seen(settings, "select count(*) from lake.pegawai") == [(0,)]


def test_columns_are_those_of_the_contract_whatever_the_file_has(settings: Settings) -> None:
    commit(settings, "s1", extra=", 'x' as stray, 3::tinyint as kuadran")
    commit(settings, "s2", period="2026-09")
    names = [*contracts.lake_columns(settings, "kinerja"), "period"]
    with engine.connect(settings) as connection:
        engine.see_lake(connection, settings, OCTOBER, None)
        table = connection.execute("from lake.kinerja order by submission_id, person_key")
        assert [column[0] for column in table.description or []] == names
        kinds = connection.execute("select period, kuadran from lake.kinerja group by all")
        assert sorted(kinds.fetchall(), key=str) == [("2026-09", None), ("2026-10", 3)]


def test_as_of_hides_what_was_received_later_and_defaults_to_the_latest(settings: Settings) -> None:
    commit(settings, "s1", received="2026-11-05 03:00:00")
    commit(settings, "s2", received="2026-11-06 03:00:00", revision=2)
    commit(settings, "s3", received="2026-12-06 03:00:00", period="2026-11")
    with engine.connect(settings) as connection:
        lake = engine.see_lake(connection, settings, OCTOBER, None)
    assert lake.as_of == datetime(2026, 11, 6, 3)
    assert lake.submissions == [("kinerja", "4011", "2026-10", "s2")]
    early = datetime(2026, 11, 5, 12)
    assert seen(settings, "select distinct submission_id from lake.kinerja", early) == [("s1",)]
    with pytest.raises(ConfigurationError, match="was received by 2026-11-01"):
        seen(settings, "select 1", datetime(2026, 11, 1))


def test_a_refused_revision_does_not_replace_an_admitted_one(settings: Settings) -> None:
    commit(settings, "s1")
    commit(settings, "s2", status="ditolak", revision=2, rows=0, with_data=False)
    with engine.connect(settings) as connection:
        lake = engine.see_lake(connection, settings, OCTOBER, None)
    assert lake.submissions == [("kinerja", "4011", "2026-10", "s1")]


def test_only_the_months_that_rules_look_back_to_are_opened(settings: Settings) -> None:
    for period in ("2026-11", "2026-10", "2026-08", "2026-07"):
        commit(settings, f"p{period}", period=period, dataset="pegawai", received="2026-12-01")
    for period in ("2022-10", "2022-09"):
        commit(settings, f"k{period}", period=period, received="2023-12-01")
    query = "select distinct period from lake.{} order by period"
    assert seen(settings, query.format("pegawai")) == [("2026-08",), ("2026-10",)]
    assert seen(settings, query.format("kinerja")) == [("2022-10",)]


def test_every_dataset_has_a_window_and_careers_are_read_whole(settings: Settings) -> None:
    """A contract of events without its rule row fails here, before a build does."""
    months = {name: columns.window_months(settings, name) for name in contracts.datasets(settings)}
    snapshots = {name for name, d in contracts.datasets(settings).items() if d.nature == "snapshot"}
    assert {name for name, window in months.items() if window == 2} == snapshots
    assert months["rencana_pengembangan"] == months["kompetensi"] == 2
    assert months["riwayat_jabatan"] == months["hukuman_disiplin"] == 600
    assert min(months[name] for name in set(months) - snapshots) >= 36
    with engine.connect(settings) as connection:
        commit(settings, "s1")
        engine.see_lake(connection, settings, OCTOBER, None)
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'lake'"
        ).fetchall()
    assert {name for (name,) in tables} == {*months, "submission"}


def test_a_wrong_reference_file_is_named(settings: Settings) -> None:
    commit(settings, "s1")
    assert seen(settings, "select nama_instansi, kode_wilayah from reference.instansi") == [
        ("Badan, Kepegawaian Negara", None)
    ]
    (settings.reference / "kalender.csv").write_text("period,dataset\n2026-10,pegawai\n")
    with pytest.raises(ConfigurationError, match=r"kalender\.csv"):
        seen(settings, "select 1")


def test_the_engine_loads_nothing_from_elsewhere(settings: Settings) -> None:
    with engine.connect(settings) as connection:
        found = connection.execute(
            "select current_setting('autoload_known_extensions'),"
            " current_setting('autoinstall_known_extensions'), current_setting('TimeZone')"
        ).fetchall()
    assert found == [(False, False, "UTC")]


def test_the_same_input_prepares_the_same_build_and_another_one_another(settings: Settings) -> None:
    commit(settings, "s1")
    first = build.prepare(settings, OCTOBER)
    assert build.prepare(settings, OCTOBER).build_id == first.build_id
    assert build.load_context(settings, OCTOBER).build_id == first.build_id
    assert build.load_context(settings, OCTOBER).as_of == first.as_of
    commit(settings, "s2", revision=2, received="2026-11-05 03:00:00")
    assert build.prepare(settings, OCTOBER).build_id != first.build_id
