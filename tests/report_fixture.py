"""A small published warehouse for tests of the report: marts that add up, two months, made in SQL.

People are generated from a hash, so that every table below counts the same people. Agency 7371
(Kota Kendari) is small in its upper levels; agency 4999 has submitted nothing.
"""

import shutil
import tempfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from asn_warehouse.archive import Mart, Version
from asn_warehouse.codes import code_list
from asn_warehouse.periods import Period
from asn_warehouse.rules import of_project
from asn_warehouse.safe_marts import files as safe_files
from asn_warehouse.settings import Settings, get_settings

PERIODS = (Period(2026, 9), Period(2026, 10))
AGENCIES = (
    ("2010", "Kementerian Kesehatan", "KEMENTERIAN", 900),
    ("4011", "Badan Kepegawaian Negara", "LPNK", 420),
    ("6100", "Pemerintah Provinsi Jawa Barat", "PROVINSI", 1200),
    ("6400", "Pemerintah Provinsi Jawa Tengah", "PROVINSI", 1000),
    ("7371", "Pemerintah Kota Kendari", "KOTA", 380),
    ("7401", "Pemerintah Kabupaten Kolaka", "KABUPATEN", 260),
    ("4999", "Lembaga Tanpa Kiriman", "LNS", 0),
)
DATASETS = code_list(get_settings(), "dataset")

_PEOPLE = """
create or replace temp table draw as
select
    a.code as agency_code, a.name as agency_name, n.i,
    (hash(a.code || '/' || n.i) % 10000) / 10000.0 as u,
    (hash('b' || a.code || '/' || n.i) % 10000) / 10000.0 as v,
    (hash('c' || a.code || '/' || n.i) % 10000) / 10000.0 as w,
    ? as month
from agency as a, lateral (select unnest(range(a.people)) as i) as n;
"""

_PERSON = """
create or replace temp table person as
select
    agency_code, agency_name, i,
    case when i = 0 then 'JPT_MADYA' when i < 4 then 'JPT_PRATAMA' when i < 16 then 'ADMINISTRATOR'
        when i < 50 then 'PENGAWAS' when u < 0.08 then 'AHLI_MADYA' when u < 0.28 then 'AHLI_MUDA'
        when u < 0.62 then 'AHLI_PERTAMA' when u < 0.75 then 'TERAMPIL' else 'PELAKSANA'
    end as position_level,
    case when v < 0.62 then 'PNS' when v < 0.66 then 'CPNS' when v < 0.95 then 'PPPK'
        else 'PPPK_PARUH_WAKTU' end as employment_status,
    w < 0.55 + month * 0.01 as is_assessed,
    u + v > 0.9 as is_mapping,
    60 + 50 * v as jpm,
    cast(case when u < 0.12 then 0 else 30 * u + month end as integer) as hours,
    case when w < 0.9 then cast(1 + floor(9 * (0.55 * u + 0.45 * v)) as integer) end as box
from draw;
"""

_GAP = """
create or replace temp table gap as
select p.agency_code, p.agency_name, p.position_level, p.i, c.family, c.code as competency_code,
    c.name as competency_name, l.required,
    case when p.is_assessed then greatest(1, least(5,
        l.required - cast(floor(4 * pow((hash(c.code || p.agency_code || p.i) % 1000) / 1000.0, 2))
        as integer) + case when p.jpm > 100 then 1 else 0 end)) end as achieved
from person as p
join competency as c on c.family in ('managerial', 'sociocultural')
    or (c.family = 'technical' and p.position_level not in ('JPT_MADYA', 'JPT_PRATAMA'))
    or (c.family = 'digital' and p.i % 3 = 0)
join level as l using (position_level);
"""


def _gap_mart(by_agency: bool) -> str:
    agency = "agency_code, agency_name," if by_agency else ""
    sets = [
        (*(("agency_code", "agency_name") if by_agency else ()), *family, *level)
        for family in ((), ("family",), ("family", "competency_code", "competency_name"))
        for level in ((), ("position_level",))
    ]
    listed = ", ".join(f"({', '.join(s)})" for s in sets)
    people = "count(distinct agency_code || '/' || i)"
    return f"""
    select $day as period, {agency} family, competency_code, competency_name, position_level,
        family is null or competency_code is null or position_level is null as is_total,
        {people} as people, count(*) as requirements, count(achieved) as assessed,
        count(achieved) / count(*)::double as coverage, avg(required) as required_mean,
        avg(achieved) as achieved_mean, avg(achieved - required) as gap_mean,
        count(*) filter (achieved >= required) as met,
        count(*) filter (achieved = required - 1) as mild,
        count(*) filter (achieved = required - 2) as moderate,
        count(*) filter (achieved <= required - 3) as severe,
        count(*) filter (achieved >= required) / nullif(count(achieved), 0)::double as met_share,
        0.25 as default_standard_share, false as is_carried_forward
    from gap group by grouping sets ({listed})
    """


_FIT_SETS = (("mapping", "is_mapping", (("o", 90, 999), ("co", 78, 90), ("ko", 0, 78))),)
_FIT_SETS += (("selection", "not is_mapping", (("ms", 80, 999), ("mms", 68, 80), ("kms", 0, 68))),)


def _fit_mart() -> str:
    columns = []
    for name, test, bands in _FIT_SETS:
        counted = f"count(*) filter (is_assessed and {test})"
        columns.append(f"{counted} as {name}_assessed")
        for code, low, high in bands:
            part = f"count(*) filter (is_assessed and {test} and jpm >= {low} and jpm < {high})"
            columns.append(f"{part} as {name}_{code}")
            columns.append(f"{part} / nullif({counted}, 0)::double as {name}_{code}_share")
        columns.append(f"avg(jpm) filter (is_assessed and {test}) as jpm_mean_{name}")
    return f"""
    select $day as period, agency_code, any_value(agency_name) filter (agency_code is not null)
        as agency_name, position_level, agency_code is null or position_level is null as is_total,
        count(*) as people, count(*) filter (is_assessed) as assessed,
        count(*) filter (is_assessed) / count(*)::double as coverage, 0 as partially_assessed,
        {", ".join(columns)}, avg(jpm) filter (is_assessed) as jpm_mean,
        median(jpm) filter (is_assessed) as jpm_median,
        quantile_cont(jpm, 0.1) filter (is_assessed) as jpm_p10,
        quantile_cont(jpm, 0.9) filter (is_assessed) as jpm_p90,
        count(*) filter (is_assessed and jpm > 110) as overqualified,
        count(*) filter (is_assessed and jpm > 110)
            / nullif(count(*) filter (is_assessed), 0)::double as overqualified_share,
        false as is_carried_forward
    from person group by cube (agency_code, position_level)
    """


_GROUPS = ("classical", "e_learning", "on_the_job", "mentoring_coaching", "community")
_GROUPS += ("other_nonclassical", "seminar")


def _learning_mart() -> str:
    weights = (0.34, 0.3, 0.1, 0.08, 0.04, 0.04, 0.1)
    groups = ", ".join(
        f"sum(hours * {w})::double as {g}" for g, w in zip(_GROUPS, weights, strict=True)
    )
    floor = "employment_status in ('PNS', 'CPNS')"
    return f"""
    select $day as period, agency_code, any_value(agency_name) filter (agency_code is not null)
        as agency_name, employment_status, position_level,
        agency_code is null or employment_status is null or position_level is null as is_total,
        count(*) as people, count(*) as people_reported, sum(hours)::double as hours_total,
        avg(hours) as hours_mean, median(hours) as hours_median,
        count(*) filter ({floor}) as floor_people,
        case when count(*) filter ({floor}) > 0
            then count(*) filter ({floor} and hours >= 20) end as reached_20,
        count(*) filter ({floor} and hours >= 20)
            / nullif(count(*) filter ({floor}), 0)::double as reached_20_share,
        count(*) filter (not {floor}) as ceiling_people,
        case when count(*) filter (not {floor}) > 0
            then count(*) filter (not {floor} and hours > 24) end as over_24,
        count(*) filter (not {floor} and hours > 24)
            / nullif(count(*) filter (not {floor}), 0)::double as over_24_share,
        count(*) filter (hours = 0) as no_learning,
        count(*) filter (hours = 0) / count(*)::double as no_learning_share,
        {groups}, false as is_carried_forward
    from person group by cube (agency_code, employment_status, position_level)
    """


_TALENT = """
with placed as (
    select agency_code, any_value(agency_name) as agency_name, position_level,
        count(box) as placed_people, count(*) - count(box) as unplaced_people
    from person group by cube (agency_code, position_level)
),
boxed as (
    select agency_code, position_level, box, count(*) as people from person where box is not null
    group by grouping sets ((agency_code, position_level, box), (agency_code, box),
        (position_level, box), (box))
)
select $day as period, p.agency_code,
    case when p.agency_code is not null then p.agency_name end as agency_name, p.position_level,
    n.box, p.agency_code is null or p.position_level is null as is_total,
    coalesce(b.people, 0) as people,
    coalesce(b.people, 0) / nullif(p.placed_people, 0)::double as share,
    p.placed_people, p.unplaced_people, 0 as without_performance,
    p.unplaced_people as without_potential, false as is_carried_forward
from placed as p cross join (select unnest(range(1, 10)) as box) as n
left join boxed as b on b.box = n.box and b.agency_code is not distinct from p.agency_code
    and b.position_level is not distinct from p.position_level
"""

_PROGRAM = """
with run as (
    select unnest(range(14)) as r, $day as period
),
whole as (
select period, ['2010', '4011', '6100', '7371'][1 + r % 4] as program_agency_code,
    'PRG-' || lpad((r // 2)::text, 3, '0') as program_code, '2026-' || (1 + r % 2) as run,
    null::varchar as agency_code, null::varchar as agency_name, true as is_total,
    ['Pelatihan Kepemimpinan Pengawas', 'Komunikasi Pelayanan Publik', 'Literasi Data Digital',
     'Manajemen Perubahan bagi Administrator', 'Penyusunan Anggaran Berbasis Kinerja',
     'Pelatihan Tenaga Kesehatan Masyarakat', 'Integritas dan Etika'][1 + r // 2] as program_name,
    ['1', '3', '16', '15', '8', '24', '9'][1 + r // 2] as learning_form,
    ['classical', 'classical', 'e_learning', 'mentoring_coaching', 'classical', 'on_the_job',
     'seminar'][1 + r // 2] as form_group,
    'M.03' as competency_codes, 'BPSDM' as provider,
    case when r % 3 = 0 then 'ANGGARAN' when r % 3 = 1 then 'WAKTU' end as obstacle,
    date '2026-03-01' + (r * 10)::int as starts_on, date '2026-03-06' + (r * 10)::int as ends_on,
    6 + 4 * r as participants, 5 + 4 * r as completed,
    (5 + 4 * r) / (6 + 4 * r)::double as completion_rate, 24.0 as hours,
    3000000.0 * (6 + 4 * r) as cost, 3000000.0 as cost_per_participant,
    4 + 3 * r as reaction_n, case when r > 1 then 3.9 + r / 20.0 end as reaction_mean,
    (4 + 3 * r) / (6 + 4 * r)::double as response_rate, 5 + 4 * r as gain_n,
    case when r > 1 then 58.5 + r end as pre_mean, case when r > 1 then 66.5 + 1.7 * r end
        as post_mean,
    case when r > 1 then 8 + 0.7 * r end as gain_mean, case when r > 1 then 9.5 end as gain_sd,
    case when r > 1 then (8 + 0.7 * r) / (58.5 + r) end as gain_pct,
    case when r > 1 then 0.22 end as normalised_gain, case when r > 1 then 0.8 end as effect_size,
    case when r > 1 then 8 + 0.7 * r - 22.0 / sqrt(r) end as gain_ci_low,
    case when r > 1 then 8 + 0.7 * r + 22.0 / sqrt(r) end as gain_ci_high,
    case when r > 1 then (8 + 0.7 * r) / (58.5 + r) >= 0.2 end as target_met,
    case when 5 + 4 * r < 10 then 'none' when 5 + 4 * r >= 20 and 8 + 0.7 * r > 22.0 / sqrt(r)
        then 'moderate' else 'weak' end as evidence,
    case when r > 1 then 3000000.0 / (8 + 0.7 * r) end as cost_per_gain_point
from run
)
select * from whole
union all
select * replace (
    '7371' as agency_code, 'Pemerintah Kota Kendari' as agency_name, false as is_total
)
from whole where program_agency_code = '7371'
"""

_SCORECARD = """
with pair as (
    select a.code, a.name, a.people, d.dataset, hash(a.code || d.dataset || $day) % 20 as h
    from agency as a cross join dataset as d
),
told as (
    select *, case when people = 0 then 'missing'
        when dataset = 'survei_pelatihan' and month($day) = 9 then 'not_expected'
        when h = 0 then 'refused' when h = 1 then 'missing' when h < 5 then 'late'
        else 'on_time' end as status,
        case when people > 0 and dataset = 'hukuman_disiplin' then h::int + 2
            when people > 0 then people + (h * 7)::int end as n
    from pair
)
select $day as period, code as agency_code, name as agency_name, dataset, status,
    timestamp '2026-11-05 16:59:59' as due_at,
    case when status in ('on_time', 'late') then timestamp '2026-11-04 02:00:00' end as received_at,
    1 as revisions, null::varchar as refusal_rule, false as has_refused_revision,
    dataset = 'jabatan' and status = 'missing' and people > 0 as is_carried_forward,
    coalesce(n, 0) as rows_read, coalesce(n - h::int, 0) as accepted,
    case when n is null then 0 else h::int end as rejected, 3 as warned, 0 as replayed,
    case when n > 0 then h / n::double end as reject_rate, h::int as orphans,
    case when dataset = 'pegawai' then people end as people_counted,
    case when dataset = 'pegawai' then (h % 5)::int end as excluded_inactive,
    case when dataset = 'pegawai' then 1 end as excluded_duplicate_person,
    case when dataset = 'pegawai' then 0 end as excluded_other,
    case when people > 0 then 90.0 + h / 4.0 end as completeness,
    case when people > 0 then 99.0 end as validity,
    case when status = 'on_time' then 100.0 when status = 'late' then 85.0
        when status <> 'not_expected' then 0.0 end as timeliness,
    case when people > 0 then 98.0 end as consistency,
    case when people > 0 and status = 'on_time' then 96.0 + h / 10.0
        when status <> 'not_expected' then 70.0 end as score,
    case when h > 0 and people > 0 then '[{"rule": "' || dataset || '.duplicate", "rows": ' || h
        || ', "example_row": 7, "message_id": "duplicate"}]' else '[]' end as top_reasons
from told
"""


_ORPHAN = """
select $day as period, agency_code, agency_name, dataset, reason, reason as reason_name_id,
    reason as reason_name_en, reason = 'person_unknown' as is_left_out,
    orphans::bigint as rows, null::bigint as persons
from main.submission_scorecard
cross join (values ('person_unknown'), ('position_unknown')) as t(reason)
where period = $day and orphans > 0 and dataset in ('pegawai', 'kinerja')
    and (dataset = 'kinerja') = (reason = 'person_unknown')
"""


def _tables() -> dict[str, str]:
    return {
        "competency_gap_agency": _gap_mart(True),
        "competency_gap_national": _gap_mart(False),
        "position_fit": _fit_mart(),
        "learning_hours": _learning_mart(),
        "talent_box": _TALENT,
        "program_effectiveness": _PROGRAM,
        "submission_scorecard": _SCORECARD,
        "submission_orphan": _ORPHAN,
        "dim_rule": "select * from rule_row",
    }


TABLES = tuple(sorted(_tables()))
"""The marts that a month of it has."""

TOPICS = {"lake": None, "talent": "talent", "ip": "index", "jpm": "competency"}
"""Topic of the rule sets by their first word; the others are general."""


def _rules(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Make the rule rows of the project, as a month that uses nearly all of them has them."""
    rows = []
    for rule in of_project(get_settings()):
        row = {"period": period.first_day, **vars(rule), "note_id": rule.note}
        topic = TOPICS.get(rule.rule_set.split("_")[0], "general")
        row |= {"topic": topic, "marts": topic and "position_fit, talent_box"}
        row["is_in_force"] = rule.is_in_force(period.last_day)
        rows.append({name: value for name, value in row.items() if name != "note"})
    connection.register("rule_rows", pa.Table.from_pylist(rows))
    connection.execute("create or replace temp table rule_row as select * from rule_rows")
    connection.unregister("rule_rows")


def publish_fixture(settings: Settings, periods: tuple[Period, ...] = PERIODS) -> None:
    """Write ``marts.duckdb`` and the archive as a publication would, version 1 of each period."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    settings.marts_database.unlink(missing_ok=True)
    with duckdb.connect(str(settings.marts_database)) as connection:
        _dimensions(connection)
        for period in periods:
            _month(connection, period)
            _archive(connection, settings, period, version=1)
        connection.execute(
            "create or replace table person_secret as select date '2026-10-01' as period,"
            " 'rahasia' as person_key"
        )
    publication_table(settings, [(p, 1) for p in periods])


def _dimensions(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create temp table agency (code varchar, name varchar, type varchar, people int)"
    )
    connection.executemany("insert into agency values (?, ?, ?, ?)", AGENCIES)
    connection.execute("create temp table dataset (dataset varchar)")
    connection.executemany("insert into dataset values (?)", [(d,) for d in DATASETS])
    connection.execute("create temp table competency (code varchar, family varchar, name varchar)")
    statutory = [("Integritas", 1), ("Kerja Sama", 2), ("Komunikasi", 3)]
    statutory += [("Orientasi pada Hasil", 4), ("Pelayanan Publik", 5)]
    statutory += [("Pengembangan Diri dan Orang Lain", 6), ("Mengelola Perubahan", 7)]
    statutory += [("Pengambilan Keputusan", 8)]
    rows = [(f"M.{n:02d}", "managerial", name) for name, n in statutory]
    rows.append(("SK.01", "sociocultural", "Perekat Bangsa"))
    rows += [(f"T.{n:02d}", "technical", f"Teknis {n}") for n in range(1, 4)]
    rows += [("DIG.01", "digital", "Literasi Digital"), ("DIG.02", "digital", "Keamanan Digital")]
    connection.executemany("insert into competency values (?, ?, ?)", rows)
    connection.execute("create temp table level (position_level varchar, required int)")
    levels = {"JPT_MADYA": 5, "JPT_PRATAMA": 4, "ADMINISTRATOR": 3, "PENGAWAS": 2}
    levels |= {"PELAKSANA": 1, "AHLI_MADYA": 4, "AHLI_MUDA": 3, "AHLI_PERTAMA": 2, "TERAMPIL": 1}
    connection.executemany("insert into level values (?, ?)", list(levels.items()))


def _month(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    connection.execute(_PEOPLE, [period.month])
    connection.execute(_PERSON)
    connection.execute(_GAP)
    _rules(connection, period)
    for name, query in _tables().items():
        query = query.replace("$day", f"date '{period.first_day}'")
        found = connection.execute(
            "select 1 from duckdb_tables() where table_name = ? and not temporary", [name]
        ).fetchall()
        verb = f"insert into main.{name}" if found else f"create table main.{name} as"
        connection.execute(f"{verb} {query}")


_PROTECTED: dict[tuple[Period, int], tuple[Path, tuple[Mart, ...]]] = {}
"""Protected tables made before in this process, by month and version: they cost seconds."""


def _protect(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    period: Period,
    version: int,
    folder: Path,
) -> None:
    """Write the protected tables of an archived month, and serve those of schema safe."""
    key = period, version
    if key not in _PROTECTED:
        made = Path(tempfile.mkdtemp(prefix="report_fixture_"))
        for name in TABLES:
            shutil.copy(folder / f"{name}.parquet", made)
        exact = [Mart(name, 0, "", restricted=False) for name in TABLES]
        _PROTECTED[key] = made, safe_files.write(settings, exact, made)
    made, marts = _PROTECTED[key]
    connection.execute("create schema if not exists safe")
    for mart in marts:
        (folder / mart.file).parent.mkdir(exist_ok=True)
        shutil.copy(made / mart.file, folder / mart.file)
        if mart.schema == "safe":
            place, file = f"safe.{mart.name}", f"read_parquet('{folder / mart.file}')"
            connection.execute(f"create table if not exists {place} as from {file} limit 0")
            connection.execute(f"delete from {place} where period = ?", [period.first_day])
            connection.execute(f"insert into {place} by name from {file}")


def _archive(
    connection: duckdb.DuckDBPyConnection, settings: Settings, period: Period, version: int
) -> None:
    folder = settings.warehouse / "publications" / str(period) / f"v{version}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _tables():
        connection.execute(
            f"copy (select * from main.{name} where period = date '{period.first_day}')"
            f" to '{folder / f'{name}.parquet'}' (format parquet)"
        )
    _protect(connection, settings, period, version, folder)
    write_publication(folder, period, version)


def write_publication(folder: Path, period: Period, version: int) -> None:
    """Write ``publication.json`` of a version."""
    after = period.next()
    content = Version(
        period=period,
        version=version,
        build_id="b0123456789abcdef",
        as_of=datetime(after.year, after.month, 6, 3, 15),
        published_at=datetime(after.year, after.month, 10, 6, version),
        replaces=version - 1 or None,
        content_sha256=f"{version}" * 64,
        marts=tuple(Mart(name, 0, "", restricted=False) for name in TABLES),
        thresholds={"safe": 5, "open": 10},
    )
    (folder / "publication.json").write_text(content.to_json(), "utf-8")


def publication_table(settings: Settings, versions: list[tuple[Period, int]]) -> None:
    """Make ``versions`` all that was ever published, in this order."""
    with duckdb.connect(str(settings.marts_database)) as connection:
        connection.execute("create schema if not exists ops")
        connection.execute(
            "create or replace table ops.publication (number bigint, period varchar,"
            " version bigint, recorded_at timestamp)"
        )
        for number, (period, version) in enumerate(versions, start=1):
            connection.execute(
                "insert into ops.publication values (?, ?, ?, timestamp '2026-11-10 06:00:00')",
                [number, str(period), version],
            )


def publish_a_year_ago(settings: Settings) -> Period:
    """Publish the first period again as the month a year before the second one; return it."""
    first, second = PERIODS
    year_ago = second.previous(12)
    archive = settings.warehouse / "publications"
    shutil.copytree(archive / str(first), archive / str(year_ago))
    write_publication(archive / str(year_ago) / "v1", year_ago, 1)
    publication_table(settings, [(p, 1) for p in (year_ago, *PERIODS)])
    return year_ago


def publish_second_version(settings: Settings, period: Period) -> None:
    """Publish version 2 of ``period``: the same rows but for one agency's JP, which is doubled."""
    with duckdb.connect(str(settings.marts_database)) as connection:
        connection.execute(
            "update main.learning_hours set hours_mean = hours_mean * 2 where period = ?"
            " and agency_code is null",
            [date(period.year, period.month, 1)],
        )
        _archive(connection, settings, period, version=2)
    publication_table(settings, [*((p, 1) for p in PERIODS), (period, 2)])
