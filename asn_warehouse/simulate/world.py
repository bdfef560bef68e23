"""Everything that lives through the months of a simulation, and what it sends each month."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from asn_warehouse.codes import code_list, rule_matrix, rule_scores
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.simulate.agencies import Agency, agency_sizes, choose_agencies
from asn_warehouse.simulate.appraisals import Ratings, appraisal_lags, appraisals
from asn_warehouse.simulate.assessments import assessments
from asn_warehouse.simulate.career_events import CareerEvents, career_table
from asn_warehouse.simulate.career_history import career_history
from asn_warehouse.simulate.careers import advance
from asn_warehouse.simulate.competencies import dictionary
from asn_warehouse.simulate.dialects import Habits, choose_dialects
from asn_warehouse.simulate.draws import IntArray, to_day
from asn_warehouse.simulate.effects import Effects, Scores, add_programs, enrol_planted
from asn_warehouse.simulate.learning import Enrolments, enrol, participants, sent_in
from asn_warehouse.simulate.plans import development_plan
from asn_warehouse.simulate.population import People, create_people
from asn_warehouse.simulate.potential import potentials
from asn_warehouse.simulate.programs import HISTORY_MONTHS, Runs, plan_runs, programs
from asn_warehouse.simulate.records import sanctions, talent_records
from asn_warehouse.simulate.recruitment import hired, is_announced, selections
from asn_warehouse.simulate.rosters import (
    Roster,
    employees,
    position_grid,
    positions,
    standards,
    take_roster,
)
from asn_warehouse.simulate.satisfaction import (
    is_job_survey,
    job_satisfaction,
    service_satisfaction,
)
from asn_warehouse.simulate.spec import SimulationSpec
from asn_warehouse.simulate.standing import Standing, plant_standing
from asn_warehouse.simulate.structure import Structure, build_structure
from asn_warehouse.simulate.surveys import answers_due, survey_answers
from asn_warehouse.simulate.truths import Truth

RESENT_CAREER_DAYS = 365
"""Career events are sent again for a year."""


@dataclass
class World:
    """People, structure and history."""

    settings: Settings
    spec: SimulationSpec
    agencies: list[Agency]
    structure: Structure
    people: People
    runs: Runs
    enrolments: Enrolments
    dialects: list[Habits]
    statutory: tuple[str, ...]
    quadrants: IntArray
    first_grid: IntArray
    appraisal_lags: IntArray
    careers: list[CareerEvents] = field(default_factory=list)
    """Career events of the last year, in parts; the order in which agencies add to it is free."""
    effects: Effects | None = None
    standing: Standing | None = None
    planted: list[Truth] = field(default_factory=list)
    """Known truths, when the month has begun in which they are planted."""

    def corrected(self, agency: int, year: int, cycle: int, who: IntArray, own: Ratings) -> Ratings:
        """Return the ratings of an agency with what is planted in them."""
        for planted in (self.effects, self.standing):
            own = own if planted is None else planted.correct(agency, year, cycle, who, own)
        return own


@dataclass(frozen=True)
class Month:
    """The end of a month: who is listed where, and what is due to be sent."""

    world: World
    period: Period
    number: int
    roster: Roster
    grid: IntArray
    careers: CareerEvents
    participations: list[IntArray]
    answers: list[tuple[IntArray, IntArray]]
    hired: list[IntArray]
    """Whom each agency hired; none when no results come out."""

    @property
    def is_first(self) -> bool:
        """Whether this month carries the history."""
        return self.number == 0


def create_world(settings: Settings, spec: SimulationSpec) -> World:
    """Return the world as it is before the first month.

    Raises:
        ContractError: when a code list is missing.
    """
    agencies = choose_agencies(spec)
    sizes = agency_sizes(spec, agencies)
    structure = build_structure(agencies, sizes, spec.seed)
    matrix = rule_matrix(settings, "performance_quadrant", spec.period.last_day)
    quadrants = np.zeros((4, 4), dtype=np.int64)
    for (result, behaviour), code in matrix.items():
        quadrants[int(result), int(behaviour)] = int(code)
    people = create_people(spec, agencies, sizes, structure)
    runs = plan_runs(agencies, sizes, spec.first_period, spec.months, spec.seed)
    effects = None
    if spec.truths is not None:
        points = rule_scores(settings, "performance_predicate", spec.period.last_day)
        scores = Scores(quadrants, np.array([0.0, *(points[str(n)] for n in range(1, 6))]))
        runs, effects = add_programs(runs, agencies, people, spec.period, scores, spec.seed)
    return World(
        settings=settings,
        spec=spec,
        agencies=agencies,
        structure=structure,
        people=people,
        runs=runs,
        enrolments=Enrolments(),
        dialects=choose_dialects(sizes, plain=spec.plain),
        statutory=code_list(settings, "competency"),
        quadrants=quadrants,
        first_grid=np.array([], dtype=np.int64),
        appraisal_lags=appraisal_lags(len(people), spec.seed),
        effects=effects,
    )


def dialects_by_agency(spec: SimulationSpec) -> dict[str, Habits]:
    """Return how the files of each agency are written, by agency code."""
    agencies = choose_agencies(spec)
    chosen = choose_dialects(agency_sizes(spec, agencies), plain=spec.plain)
    return {agency.code: own for agency, own in zip(agencies, chosen, strict=True)}


def agency_tables(month: Month, agency: int) -> dict[str, pa.Table]:
    """Return what an agency submits for a month; several threads may ask for different agencies.

    A dataset that is not due in the month, or of which there is nothing, has no table or no row.
    """
    standing = month.world.standing
    return {
        **_hr_tables(month, agency),
        **_talent_tables(month, agency),
        **_training_tables(month, agency),
        **_survey_tables(month, agency),
        **(standing.tables(agency, month.period) if standing else {}),
    }


def advance_to(world: World, period: Period, number: int) -> Month:
    """Move the world to the end of a month and return who is listed and what is due then."""
    spec, people, structure = world.spec, world.people, world.structure
    count, is_first = len(world.agencies), number == 0
    ghosts, happened = advance(people, structure, period, number, spec.seed)
    roster = take_roster(people, ghosts, count)
    now = period.year * 12 + period.month - 1
    for month in range(now - HISTORY_MONTHS if is_first else now, now + 1):
        enrol(
            world.enrolments, people, structure, roster, world.runs, month, spec.seed, spec.density
        )
    _plant(world, roster)
    grid = position_grid(people, structure, roster)
    if is_first:
        world.first_grid = grid
    careers = CareerEvents.join([*world.careers, happened])
    careers = careers.where(careers.day > to_day(period.last_day) - RESENT_CAREER_DAYS)
    world.careers = [careers]
    return Month(
        world=world,
        period=period,
        number=number,
        roster=roster,
        grid=grid,
        careers=careers,
        participations=sent_in(world.enrolments, world.runs, period, is_first, count),
        answers=answers_due(world.enrolments, world.runs, period, is_first, count),
        hired=hired(people, period, number, count) if is_announced(period, is_first) else [],
    )


def _plant(world: World, roster: Roster) -> None:
    """Plant the known truths, when everything else has happened in the month."""
    spec, people = world.spec, world.people
    if spec.truths is None or world.effects is None:
        return
    codes = [agency.code for agency in world.agencies]
    world.planted = enrol_planted(
        world.effects, world.enrolments, people, roster, world.runs, spec.truths.effect, codes
    )
    world.standing, known = plant_standing(
        people,
        world.structure,
        roster,
        world.statutory,
        spec.truths,
        rule_matrix(world.settings, "talent_box", spec.period.last_day),
        codes,
        spec.period,
        spec.seed,
    )
    world.planted += known


def _hr_tables(month: Month, agency: int) -> dict[str, pa.Table]:
    world, roster, period = month.world, month.roster, month.period
    people, structure, seed = world.people, world.structure, world.spec.seed
    return {
        "pegawai": employees(people, structure, roster, agency),
        "jabatan": positions(structure, world.first_grid, month.grid, agency, seed),
        "standar_kompetensi": standards(structure, world.first_grid, agency, seed, world.statutory),
        "kompetensi": dictionary(structure, world.runs, agency),
        "penilaian_kompetensi": assessments(
            people,
            structure,
            roster,
            agency,
            period,
            month.is_first,
            seed,
            world.statutory,
            world.spec.density.assessed,
        ),
        "kinerja": appraisals(
            people,
            roster,
            agency,
            period,
            month.is_first,
            seed,
            world.quadrants,
            world.appraisal_lags,
            world.spec.density,
            partial(world.corrected, agency),
        ),
    }


def _talent_tables(month: Month, agency: int) -> dict[str, pa.Table]:
    world, roster, period = month.world, month.roster, month.period
    people, seed = world.people, world.spec.seed
    tables = {
        "potensi": potentials(
            people, roster, agency, period, month.is_first, seed, world.spec.density.assessed
        ),
        "riwayat_jabatan": _careers(month, agency),
        "hukuman_disiplin": sanctions(people, roster, agency, period, seed),
        "rekam_jejak": talent_records(people, roster, agency, period, month.is_first, seed),
    }
    if month.hired:
        code = world.agencies[agency].code
        tables["seleksi"] = selections(
            people, world.structure, month.hired[agency], agency, code, period, month.number, seed
        )
    return tables


def _careers(month: Month, agency: int) -> pa.Table:
    """Return ``riwayat_jabatan`` of one agency: whole careers at first, then the last year."""
    world = month.world
    sent = month.careers.where(month.careers.sender == agency)
    if month.is_first:
        sent = career_history(
            world.people, world.structure, month.roster, agency, month.period, world.spec.seed
        )
        is_recent = sent.day > to_day(month.period.last_day) - RESENT_CAREER_DAYS
        world.careers.append(sent.where(is_recent))
    codes = [agency.code for agency in world.agencies]
    return career_table(sent, world.people, world.structure, codes)


def _training_tables(month: Month, agency: int) -> dict[str, pa.Table]:
    world, period, name = month.world, month.period, month.world.agencies[agency].name
    return {
        "program_pelatihan": programs(world.runs, name, agency, period, month.is_first),
        "peserta_pelatihan": participants(
            world.enrolments, world.people, world.runs, month.participations[agency], period
        ),
        "rencana_pengembangan": development_plan(
            world.runs, world.structure, world.first_grid, agency, name, period, world.spec.seed
        ),
    }


def _survey_tables(month: Month, agency: int) -> dict[str, pa.Table]:
    world, roster, period = month.world, month.roster, month.period
    who, seed = world.agencies[agency], world.spec.seed
    rows = roster.rows(agency)
    tables = {
        "survei_pelatihan": survey_answers(
            world.enrolments, world.runs, month.answers[agency], agency, period, seed
        ),
        "survei_kepuasan_masyarakat": service_satisfaction(
            who, rows.stop - rows.start, agency, period, seed
        ),
    }
    if is_job_survey(period, world.spec.periods):
        tables["survei_kepuasan_kerja"] = job_satisfaction(
            world.structure, roster, agency, period, seed
        )
    return tables
