"""The simulated datasets fit each other: careers and rosters, plans and programmes, and so on."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from asn_warehouse.periods import Period
from asn_warehouse.settings import get_settings
from asn_warehouse.simulate import SimulationSpec
from asn_warehouse.simulate.spec import DATASETS
from asn_warehouse.simulate.world import advance_to, agency_tables, create_world

SPEC = SimulationSpec(period=Period.parse("2026-10"), months=3, agencies=6, people=6_000)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Every dataset as a table with all that was sent, and the month and agency it came from."""
    world = create_world(get_settings(tmp_path_factory.mktemp("home")), SPEC)
    parts: dict[str, list[pa.Table]] = {name: [] for name in DATASETS}
    for number, period in enumerate(SPEC.periods):
        end = advance_to(world, period, number)
        for agency in range(SPEC.agencies):
            tables = agency_tables(end, agency)
            assert set(tables) <= set(DATASETS)
            for name, table in tables.items():
                source = pa.repeat(world.agencies[agency].code, len(table))
                month = pa.repeat(str(period), len(table))
                parts[name].append(
                    table.append_column("agency", source).append_column("month", month)
                )
    connection = duckdb.connect()
    for name, tables in parts.items():
        connection.register(name, pa.concat_tables(tables))
    return connection


def _one(sent: duckdb.DuckDBPyConnection, query: str) -> tuple[float, ...]:
    (row,) = sent.execute(query).fetchall()
    return row


def test_the_last_career_event_is_the_position_that_the_roster_shows(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    for month in ("2026-08", "2026-10"):
        people, same = _one(
            sent,
            f"""
            with latest as (
                select nip, max_by(struct_pack(a := jenjang_tujuan, b := kode_unor_tujuan,
                    c := kode_jabatan_tujuan, d := tmt), tmt) as post
                from riwayat_jabatan
                where jenis_perubahan not in ('PLT', 'PLH') and kode_unor_tujuan is not null
                    and month <= '{month}'
                group by nip
            ),
            roster as (
                select nip, max_by(struct_pack(a := jenjang_jabatan, b := kode_unor,
                    c := kode_jabatan, d := tmt_jabatan), tmt_jabatan) as post
                from pegawai where month = '{month}' group by nip
            )
            select count(*), sum((roster.post = latest.post)::int)
            from roster join latest using (nip)
            """,
        )
        assert people > 5_900
        assert same == people


def test_careers_have_every_kind_of_change_and_leavers_leave_the_roster(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    kinds = dict(
        sent.execute(
            "select jenis_perubahan, count(distinct (nip, tmt)) from riwayat_jabatan group by 1"
        ).fetchall()
    )
    assert set(kinds) == {
        "PENGANGKATAN", "PROMOSI", "MUTASI", "ROTASI", "DEMOSI", "PLT", "PLH", "BERHENTI",
    }  # fmt: skip
    assert kinds["PENGANGKATAN"] > 6_000 > kinds["PROMOSI"] > 100 * kinds["DEMOSI"] / 2
    still_there = """
        select count(*) from riwayat_jabatan r join pegawai p using (nip)
        where r.jenis_perubahan = 'BERHENTI' and p.month >= substr(r.tmt::varchar, 1, 7)
    """
    assert _one(sent, still_there) == (0,)


def test_both_agencies_report_a_transfer(sent: duckdb.DuckDBPyConnection) -> None:
    transfers, twice = _one(
        sent,
        """
        select count(*), sum((agencies = 2)::int) from (
            select nip, tmt, count(distinct agency) as agencies from riwayat_jabatan
            where jenis_perubahan = 'MUTASI' and tmt > date '2026-08-31' group by 1, 2
        )
        """,
    )
    assert transfers == twice > 3


def test_potential_follows_ability_and_comes_with_an_assessment(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    tested, with_assessment, incomplete, correlation = _one(
        sent,
        """
        with assessed as (
            select nip, tanggal_penilaian, avg(level_capaian) as level
            from penilaian_kompetensi group by all
        )
        select count(*), count(level), count_if(skor_potensi is null and intelektual is null),
            corr(skor_potensi, intelektual + interpersonal)
        from potensi left join assessed using (nip, tanggal_penilaian)
        """,
    )
    assert tested == with_assessment > 1_500
    assert incomplete == 0
    assert correlation > 0.7


def test_about_one_in_a_hundred_was_sanctioned_in_five_years(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    share, kinds, wrong = _one(
        sent,
        """
        select count(distinct nip) / (select count(*) from pegawai where month = '2026-10'),
            count(distinct tingkat), count_if(tanggal_akhir < tanggal_mulai)
        from hukuman_disiplin where month = '2026-10'
        """,
    )
    assert 0.004 < share < 0.015
    assert (kinds, wrong) == (3, 0)


def test_a_talent_record_sent_again_is_the_same(sent: duckdb.DuckDBPyConnection) -> None:
    events, repeated, changed = _one(
        sent,
        """
        select count(*), sum((times > 1)::int), sum((marks > 1)::int) from (
            select count(*) as times, count(distinct coalesce(nilai, -1)) as marks
            from rekam_jejak group by agency, nip, jenis, tanggal
        )
        """,
    )
    assert events > repeated > 500
    assert changed == 0


def test_those_who_join_were_selected_before(sent: duckdb.DuckDBPyConnection) -> None:
    joined, hired, rivals, better = _one(
        sent,
        """
        select
            (select count(distinct nip) from pegawai where tmt_cpns > date '2025-08-31'),
            count_if(lulus_akhir = 'Y'), count_if(lulus_akhir = 'T'),
            avg(if(lulus_akhir = 'Y', skor_teknis, null))
                - avg(if(lulus_akhir = 'T', skor_teknis, null))
        from seleksi
        """,
    )
    assert hired == pytest.approx(joined, rel=0.02)
    assert 7 < rivals / hired < 11
    assert better > 4


def test_the_plan_holds_for_the_year_and_most_programmes_are_in_it(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    versions, programs, planned = _one(
        sent,
        """
        with own as (
            select distinct agency, jenis_diklat, unnest(string_split(kode_kompetensi, ';')) as code
            from program_pelatihan where year(tanggal_mulai) = 2026
        ),
        plan as (select distinct agency, jenis_diklat, kode_kompetensi as code
            from rencana_pengembangan where month = '2026-10')
        select (select max(n) from (select count(distinct target_peserta) as n
                from rencana_pengembangan
                group by agency, kode_kompetensi, jenjang_jabatan, jenis_diklat)),
            count(*), count(plan.code)
        from own left join plan using (agency, jenis_diklat, code)
        """,
    )
    assert versions == 1
    assert 0.6 < planned / programs < 1


def test_the_dictionary_names_every_competency_in_use(sent: duckdb.DuckDBPyConnection) -> None:
    used, unnamed = _one(
        sent,
        """
        with used as (
            select agency, kode_kompetensi from standar_kompetensi
            union select agency, kode_kompetensi from penilaian_kompetensi
            union select agency, unnest(string_split(kode_kompetensi, ';')) from program_pelatihan
        )
        select count(*), count_if(k.kode_kompetensi is null)
        from used left join (select distinct agency, kode_kompetensi from kompetensi) k
            using (agency, kode_kompetensi)
        where kode_kompetensi like 'T.%' or kode_kompetensi like 'DIG.%'
        """,
    )
    assert used > 100
    assert unnamed == 0


def test_tokens_of_a_survey_never_repeat_and_a_free_service_has_no_price(
    sent: duckdb.DuckDBPyConnection,
) -> None:
    for name, per_sheet in (("survei_kepuasan_kerja", 10), ("survei_kepuasan_masyarakat", 1)):
        rows, sheets = _one(sent, f"select count(*), count(distinct id_responden) from {name}")
        assert rows == per_sheet * sheets > 0
    reverse = _one(
        sent, "select count(distinct butir) from survei_kepuasan_kerja where terbalik = 'Y'"
    )
    free, services = _one(
        sent,
        """
        select count_if(prices = 0), count(*) from (select count(u4) as prices
        from survei_kepuasan_masyarakat group by agency, kode_layanan)
        """,
    )
    assert reverse == (1,)
    assert 0 < free < services


def test_the_demo_has_at_most_one_million_four_hundred_thousand_rows(tmp_path: Path) -> None:
    world = create_world(
        get_settings(tmp_path), SimulationSpec(period=SPEC.period, agencies=24, people=42_000)
    )
    rows = sum(
        len(table)
        for number, period in enumerate(world.spec.periods)
        for end in [advance_to(world, period, number)]
        for agency in range(world.spec.agencies)
        for table in agency_tables(end, agency).values()
    )
    assert 1_000_000 < rows <= 1_400_000
