"""Small rosters that change from month to month, and the marts that count them."""

import json
import random
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
from candidates import make_candidate

from asn_warehouse.build import BuildContext
from asn_warehouse.settings import Settings

LEVELS = ("JPT", "ADMINISTRATOR", "PENGAWAS", "PELAKSANA", "FUNGSIONAL")
BANDS = ("very_high", "high", "medium", "low", "very_low")
AGENCIES = ("3024", "4011", "6100")


@dataclass(frozen=True)
class Person:
    """One civil servant: place, hours of learning (None: not reported), band of the index."""

    agency: str
    status: str
    level: str
    hours: int | None
    band: str | None


Roster = list[Person]


def roster(people: int, seed: int) -> Roster:
    """Return people of three agencies, most of them in two levels."""
    draw = random.Random(seed)
    return [_person(draw) for _ in range(people)]


def _person(draw: random.Random) -> Person:
    return Person(
        agency=draw.choices(AGENCIES, (6, 3, 1))[0],
        status=draw.choices(("PNS", "PPPK"), (4, 1))[0],
        level=draw.choices(LEVELS, (1, 2, 3, 10, 6))[0],
        hours=draw.choice([None, 0, 4, 12, 20, 22, 26, 40]),
        band=draw.choices((None, *BANDS), (2, 1, 6, 8, 4, 1))[0],
    )


def changed(before: Roster, few: int, seed: int) -> Roster:
    """Return the roster after ``few`` people left, as many came, and as many learned."""
    draw = random.Random(seed)
    after = list(before)
    draw.shuffle(after)
    learned = [replace(person, hours=(person.hours or 0) + 8) for person in after[few : 2 * few]]
    return [*(_person(draw) for _ in range(few)), *learned, *after[2 * few :]]


def candidate(settings: Settings, period: str, people: Roster, seed: int = 1) -> BuildContext:
    """Return an audited candidate of ``period`` with two marts that count the same people.

    Marts without rules depend on ``seed``.
    """
    context = make_candidate(settings, period, seed)
    columns = {
        name: pa.array([getattr(person, name) for person in people])
        for name in ("agency", "status", "level", "hours", "band")
    }
    bands = ", ".join(f"count(*) filter (band = '{band}') as {band}" for band in BANDS)
    first = f"date '{context.period.first_day}' as period"
    floor = "status = 'PNS' and hours is not null"
    ceiling = "status = 'PPPK' and hours is not null"
    with duckdb.connect(str(context.database)) as connection:
        connection.register("roster", pa.table(columns))
        connection.execute(
            f"""
            create table marts.learning_hours as
            select {first}, agency as agency_code, status as employment_status,
                level as position_level, count(*) as people, count(hours) as people_reported,
                count(*) filter ({floor}) as floor_people,
                count(*) filter ({floor} and hours >= 20) as reached_20,
                count(*) filter ({ceiling}) as ceiling_people,
                count(*) filter ({ceiling} and hours > 24) as over_24,
                count(*) filter (hours = 0) as no_learning
            from roster group by cube (agency, status, level);
            create table marts.professionalism_index as
            select {first}, agency as agency_code, status as employment_status,
                count(*) as people, count(band) as measured, {bands}
            from roster group by cube (agency, status)
            """
        )
    path = context.target_dir / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    model = manifest["nodes"]["model.asn_warehouse.gap_agency"]
    for name in ("learning_hours", "professionalism_index"):
        manifest["nodes"][f"model.asn_warehouse.{name}"] = dict(model, alias=name)
    path.write_text(json.dumps(manifest), "utf-8")
    return context
