"""Writes a whole simulation: reference files, landing, labelled faults."""

import csv
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, fields
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from threading import Lock

import pyarrow as pa

from asn_warehouse.contracts import dataset, datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.simulate.agencies import write_reference
from asn_warehouse.simulate.damage import STRAYS, Damage, Place, plan_damage
from asn_warehouse.simulate.dialects import Dialect, as_text
from asn_warehouse.simulate.draws import stream
from asn_warehouse.simulate.faults import FaultQueue, all_faults
from asn_warehouse.simulate.files import received_at, sheet_bytes, write_file
from asn_warehouse.simulate.recruitment import is_announced
from asn_warehouse.simulate.rosters import positions
from asn_warehouse.simulate.satisfaction import is_job_survey
from asn_warehouse.simulate.sheets import Sheet
from asn_warehouse.simulate.spec import (
    DATASETS,
    Label,
    Progress,
    SimulationResult,
    SimulationSpec,
)
from asn_warehouse.simulate.truths import write_truths
from asn_warehouse.simulate.world import Month, World, advance_to, agency_tables, create_world

_REVISED = "peserta_pelatihan"


def simulate(
    settings: Settings, spec: SimulationSpec, progress: Progress | None = None
) -> SimulationResult:
    """Write a simulation into the home and return what was written.

    Raises:
        UsageError: when landing already holds files and ``spec.overwrite`` is not set.
        ContractError: when a contract or code list is missing.
    """
    _make_room(settings, spec)
    world = create_world(settings, spec)
    write_reference(settings, spec, world.agencies)
    result = SimulationResult(
        periods=[str(period) for period in spec.periods],
        agencies=[agency.code for agency in world.agencies],
        people=int(world.people.is_employed.sum()),
        truth=settings.simulation / "truth.csv",
    )
    damage, missing = plan_damage(spec, world.agencies)
    writer = _Writer(world, result, damage, missing)
    total, agencies = spec.months * spec.agencies, range(spec.agencies)
    with ThreadPoolExecutor(spec.threads) as threads:
        for number, period in enumerate(spec.periods):
            month = advance_to(world, period, number)
            written = threads.map(writer.submit, repeat(month), agencies)
            for agency, _ in enumerate(written):
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


def _file_counts(spec: SimulationSpec) -> Counter[str]:
    """Return how many files of each dataset will surely come; faults are spread over these."""
    periods = spec.periods
    months = Counter(dict.fromkeys(DATASETS, spec.months))
    months["seleksi"] = sum(
        is_announced(period, number == 0) and (number == 0 or number + 1 < spec.months)
        for number, period in enumerate(periods)
    )
    months["survei_kepuasan_kerja"] = sum(is_job_survey(period, periods) for period in periods)
    files = Counter({name: count * spec.agencies for name, count in months.items()})
    files["hukuman_disiplin"] //= 4
    return files


class _Writer:
    """Writes the submissions of every month with their faults, and the truth about them."""

    def __init__(
        self,
        world: World,
        result: SimulationResult,
        damage: dict[Place, Damage],
        missing: Place | None,
    ) -> None:
        self._world, self._result = world, result
        self._damage, self._missing = damage, missing
        self._contracts = datasets(world.settings)
        self._labels: list[Label] = []
        self._counting = Lock()
        spec = world.spec
        files = _file_counts(spec)
        files.subtract(name for _, _, name in [*damage, *([missing] if missing else [])])
        known = {name: self._contracts[name] for name in DATASETS}
        faults = all_faults(known, spec.faults_per_rule, spec.seed)
        self._queue = FaultQueue(faults, files, spec.seed)

    def submit(self, month: Month, agency: int) -> None:
        """Write the files of an agency and month; without faults, in any thread."""
        period, tables = month.period, agency_tables(month, agency)
        for step, name in enumerate(DATASETS):
            place = (str(period), agency, name)
            if place == self._missing:
                code = self._world.agencies[agency].code
                self._result.not_submitted.append((str(period), code, name))
            elif name in tables and tables[name].num_rows > 0:
                self._submit_one(period, agency, name, tables[name], step)

    def _submit_one(
        self, period: Period, agency: int, name: str, table: pa.Table, step: int
    ) -> None:
        world, code = self._world, self._world.agencies[agency].code
        contract = self._contracts[name]
        dialect = world.dialects[agency][contract.family]
        seed, zone = world.spec.seed, world.settings.timezone
        received = received_at(period, agency, step, seed, zone)
        damage = self._damage.get((str(period), agency, name))
        if damage is not None:
            plain = damage.dialect or (dialect if dialect.format == "csv" else Dialect())
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
        with self._counting:
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
        with self._counting:
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
        if self._world.spec.truths is not None:
            self._result.planted = self._world.settings.simulation / "planted.csv"
            write_truths(self._result.planted, self._world.planted)
        with self._result.truth.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([field.name for field in fields(Label)])
            writer.writerows(astuple(label) for label in ordered)
