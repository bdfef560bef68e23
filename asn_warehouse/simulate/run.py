"""Writes a whole simulation: reference files, landing, labelled faults."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from asn_warehouse.codes import code_list, rule_matrix
from asn_warehouse.contracts import dataset, datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.simulate.agencies import Agency, agency_sizes, choose_agencies, write_reference
from asn_warehouse.simulate.assessments import appraisals, assessments
from asn_warehouse.simulate.careers import advance
from asn_warehouse.simulate.damage import STRAYS, Damage, Place, plan_damage
from asn_warehouse.simulate.dialects import Dialect, as_text, choose_dialects
from asn_warehouse.simulate.draws import IntArray, stream
from asn_warehouse.simulate.faults import FaultQueue, all_faults
from asn_warehouse.simulate.files import Sheet, received_at, sheet_bytes, write_file
from asn_warehouse.simulate.learning import Enrolments, enrol, participants, sent_in
from asn_warehouse.simulate.population import People, create_people
from asn_warehouse.simulate.programs import HISTORY_MONTHS, Runs, plan_runs, programs
from asn_warehouse.simulate.rosters import (
    Roster,
    employees,
    position_grid,
    positions,
    standards,
    take_roster,
)
from asn_warehouse.simulate.spec import (
    DATASETS,
    Label,
    Progress,
    SimulationResult,
    SimulationSpec,
)
from asn_warehouse.simulate.structure import Structure, build_structure
from asn_warehouse.simulate.surveys import answers_due, survey_answers

_REVISED = "peserta_pelatihan"


@dataclass
class _World:
    """Everything that lives through the months."""

    settings: Settings
    spec: SimulationSpec
    agencies: list[Agency]
    structure: Structure
    people: People
    runs: Runs
    enrolments: Enrolments
    dialects: list[Dialect]
    statutory: tuple[str, ...]
    quadrants: IntArray
    first_grid: IntArray


def simulate(
    settings: Settings, spec: SimulationSpec, progress: Progress | None = None
) -> SimulationResult:
    """Write a simulation into the home and return what was written.

    Raises:
        UsageError: when landing already holds files and ``spec.overwrite`` is not set.
        ContractError: when a contract or code list is missing.
    """
    _make_room(settings, spec)
    world = _create_world(settings, spec)
    write_reference(settings, spec, world.agencies)
    result = SimulationResult(
        periods=[str(period) for period in spec.periods],
        agencies=[agency.code for agency in world.agencies],
        people=int(world.people.is_employed.sum()),
        truth=settings.simulation / "truth.csv",
    )
    damage, missing = plan_damage(spec, world.agencies)
    writer = _Writer(world, result, damage, missing)
    total = spec.months * spec.agencies
    for number, period in enumerate(spec.periods):
        for agency, tables in _month(world, period, number):
            writer.submit(period, agency, tables)
            if progress is not None:
                done = number * spec.agencies + agency + 1
                progress(done, total, f"{period} {world.agencies[agency].name}")
    writer.finish()
    return result


def _make_room(settings: Settings, spec: SimulationSpec) -> None:
    if settings.landing.is_dir() and any(settings.landing.iterdir()):
        if not spec.overwrite:
            raise UsageError(
                f"There are files in {settings.landing} already.",
                mend="Choose an empty home, or overwrite the earlier simulation.",
            )
        shutil.rmtree(settings.landing)
    own = settings.reference.is_dir() and any(settings.reference.iterdir())
    if own and not settings.simulation.is_dir() and not spec.overwrite:
        raise UsageError(
            f"There are reference files in {settings.reference} that no simulation wrote.",
            mend="Choose an empty home, or overwrite them.",
        )
    if settings.simulation.is_dir():
        shutil.rmtree(settings.simulation)


def _create_world(settings: Settings, spec: SimulationSpec) -> _World:
    agencies = choose_agencies(spec)
    sizes = agency_sizes(spec, agencies)
    structure = build_structure(agencies, sizes, spec.seed)
    matrix = rule_matrix(settings, "performance_quadrant", spec.period.last_day)
    quadrants = np.zeros((4, 4), dtype=np.int64)
    for (result, behaviour), code in matrix.items():
        quadrants[int(result), int(behaviour)] = int(code)
    return _World(
        settings=settings,
        spec=spec,
        agencies=agencies,
        structure=structure,
        people=create_people(spec, agencies, sizes, structure),
        runs=plan_runs(agencies, sizes, spec.first_period, spec.months, spec.seed),
        enrolments=Enrolments(),
        dialects=choose_dialects(sizes),
        statutory=code_list(settings, "competency"),
        quadrants=quadrants,
        first_grid=np.array([], dtype=np.int64),
    )


def _month(world: _World, period: Period, number: int) -> Iterator[tuple[int, dict[str, pa.Table]]]:
    """Move the world to the end of a month and yield the submissions agency by agency."""
    spec, people, structure = world.spec, world.people, world.structure
    ghosts = advance(people, structure, period, number, spec.seed)
    roster = take_roster(people, ghosts, len(world.agencies))
    is_first = number == 0
    now = period.year * 12 + period.month - 1
    for month in range(now - HISTORY_MONTHS if is_first else now, now + 1):
        enrol(world.enrolments, people, structure, roster, world.runs, month, spec.seed)
    grid = position_grid(people, structure, roster)
    if is_first:
        world.first_grid = grid
    count = len(world.agencies)
    sent = sent_in(world.enrolments, world.runs, period, is_first, count)
    asked = answers_due(world.enrolments, world.runs, period, is_first, count)
    for agency in range(count):
        yield (
            agency,
            {
                **_hr_tables(world, roster, grid, agency, period, is_first),
                "program_pelatihan": programs(
                    world.runs, world.agencies[agency].name, agency, period, is_first
                ),
                "peserta_pelatihan": participants(
                    world.enrolments, people, world.runs, sent[agency], period
                ),
                "survei_pelatihan": survey_answers(
                    world.enrolments, world.runs, asked[agency], agency, period, spec.seed
                ),
            },
        )


def _hr_tables(
    world: _World, roster: Roster, grid: IntArray, agency: int, period: Period, is_first: bool
) -> dict[str, pa.Table]:
    people, structure, seed = world.people, world.structure, world.spec.seed
    return {
        "pegawai": employees(people, structure, roster, agency),
        "jabatan": positions(structure, world.first_grid, grid, agency, seed),
        "standar_kompetensi": standards(structure, world.first_grid, agency, seed, world.statutory),
        "penilaian_kompetensi": assessments(
            people, structure, roster, agency, period, is_first, seed, world.statutory
        ),
        "kinerja": appraisals(people, roster, agency, period, is_first, seed, world.quadrants),
    }


class _Writer:
    """Writes the submissions of every month with their faults, and the truth about them."""

    def __init__(
        self,
        world: _World,
        result: SimulationResult,
        damage: dict[Place, Damage],
        missing: Place | None,
    ) -> None:
        self._world, self._result = world, result
        self._damage, self._missing = damage, missing
        self._contracts = datasets(world.settings)
        self._labels: list[Label] = []
        spec = world.spec
        files = dict.fromkeys(DATASETS, spec.months * spec.agencies)
        for _, _, name in [*damage, *([missing] if missing else [])]:
            files[name] -= 1
        known = {name: self._contracts[name] for name in DATASETS}
        faults = all_faults(known, spec.faults_per_rule, spec.seed)
        self._queue = FaultQueue(faults, files, spec.seed)

    def submit(self, period: Period, agency: int, tables: dict[str, pa.Table]) -> None:
        """Write the files of an agency and month."""
        for step, name in enumerate(DATASETS):
            place = (str(period), agency, name)
            if place == self._missing:
                code = self._world.agencies[agency].code
                self._result.not_submitted.append((str(period), code, name))
            elif tables[name].num_rows > 0:
                self._submit_one(period, agency, name, tables[name], step)

    def _submit_one(
        self, period: Period, agency: int, name: str, table: pa.Table, step: int
    ) -> None:
        world, code = self._world, self._world.agencies[agency].code
        contract, dialect = self._contracts[name], world.dialects[agency]
        seed, zone = world.spec.seed, world.settings.timezone
        received = received_at(period, agency, step, seed, zone)
        damage = self._damage.get((str(period), agency, name))
        if damage is not None:
            plain = dialect if dialect.format == "csv" else Dialect()
            sheet = Sheet(contract, plain, as_text(table, plain))
            data = damage.data(sheet, stream(seed, damage.rule, agency))
            file = f"{name}.{damage.extension}"
            self._labels.append(Label(code, str(period), name, file, None, damage.rule, "error"))
            self._write(world.settings.landing / str(period) / code / file, data, received)
            return
        sheet, labels = self._queue.inject(table, contract, dialect, period, code)
        self._labels += labels
        file = f"{name}.{dialect.format}"
        path = world.settings.landing / str(period) / code / file
        self._write(path, sheet_bytes(sheet), received)
        self._result.rows[name] = self._result.rows.get(name, 0) + sheet.text.num_rows
        is_last = period == world.spec.period
        if labels and is_last and name == _REVISED and not self._result.revisions:
            self._revise(period, code, file, Sheet(contract, dialect, as_text(table, dialect)))

    def _revise(self, period: Period, code: str, file: str, sheet: Sheet) -> None:
        """Write the file as it ought to have been, as received when the month was over."""
        path = self._world.settings.simulation / "revisions" / str(period) / code / file
        received = received_at(period, 0, 0, self._world.spec.seed, "UTC") + timedelta(days=7)
        write_file(path, sheet_bytes(sheet), received)
        self._result.revisions.append(path)

    def _write(self, path: Path, data: bytes, received: datetime) -> None:
        write_file(path, data, received)
        self._result.files += 1
        self._result.bytes += len(data)

    def _write_strays(self) -> None:
        """Write good files at paths that name no known agency, dataset or period."""
        world, spec = self._world, self._world.spec
        contract = dataset(world.settings, "jabatan")
        table = positions(world.structure, world.first_grid, world.first_grid, 1, spec.seed)
        data = sheet_bytes(Sheet(contract, Dialect(), as_text(table, Dialect())))
        for rule, code, name in STRAYS:
            agency = code or world.agencies[1].code
            is_old = rule == "file.unknown_period"
            period = spec.first_period.previous(120) if is_old else spec.period
            path = world.settings.landing / str(period) / agency / f"{name}.csv"
            zone = world.settings.timezone
            self._write(path, data, received_at(spec.period, 1, 0, spec.seed, zone))
            self._labels.append(Label(agency, str(period), name, path.name, None, rule, "error"))

    def finish(self) -> None:
        """Write the stray files and the truth."""
        if self._world.spec.has_damage:
            self._write_strays()
        self._result.unplaced = sorted(set(self._queue.waiting))
        self._result.faults = len(self._labels)
        self._result.truth.parent.mkdir(parents=True, exist_ok=True)
        ordered = sorted(
            self._labels, key=lambda n: (n.period, n.agency_code, n.dataset, n.row_number or 0)
        )
        with self._result.truth.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([field.name for field in fields(Label)])
            writer.writerows(astuple(label) for label in ordered)
