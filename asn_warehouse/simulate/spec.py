"""What to simulate, and what came of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from asn_warehouse.periods import Period
from asn_warehouse.simulate.truths import Truths

DATASETS = (
    "pegawai",
    "jabatan",
    "standar_kompetensi",
    "penilaian_kompetensi",
    "kinerja",
    "program_pelatihan",
    "peserta_pelatihan",
    "survei_pelatihan",
    "kompetensi",
    "potensi",
    "riwayat_jabatan",
    "hukuman_disiplin",
    "rekam_jejak",
    "seleksi",
    "rencana_pengembangan",
    "survei_kepuasan_kerja",
    "survei_kepuasan_masyarakat",
)

TRUTH_MONTHS = range(3, 8)

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all and what was just done."""


@dataclass(frozen=True)
class Density:
    """How much there is to know about each person."""

    assessed: float = 0.55
    """Share of people who were assessed in the four years of the history."""
    enrolled: float = 0.085
    """Share of people who begin a course in a month."""
    led: float = 0.35
    """Share of managers' courses that are leadership courses, of 420 hours and more."""
    surveyed: float = 0.42
    """Share of participants who answer the reaction survey."""
    appraised_years: int = 3
    """Years of appraisals in the history."""
    appraised_quarterly: bool = True
    """Whether people are appraised each quarter, not only each year."""


_DENSE = Density(
    assessed=1.0,
    enrolled=0.253,
    led=0.004,
    surveyed=0.05,
    appraised_years=2,
    appraised_quarterly=False,
)
NATIONAL: dict[str, Any] = {
    "months": 1,
    "agencies": 640,
    "people": 5_600_000,
    "faults_per_rule": 0,
    "density": _DENSE,
}
"""Fields of a specification of the nation: for each person ten assessments in the validity window
of three years, three courses a year, two years of appraisals, and two survey answers a year."""


class SimulationSpec(BaseModel):
    """Size, months, seed and faults of a simulation; the same values give the same bytes."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    period: Period = Field(description="The last month.")
    months: int = Field(3, ge=1, le=36, description="Months written, the last one included.")
    agencies: int = Field(24, ge=3, le=640, description="Number of agencies; Kendari is always in.")
    people: int = Field(42_000, ge=180, le=10_000_000, description="People in the first month.")
    seed: int = Field(2026, ge=0, description="Seed of every random draw.")
    faults_per_rule: int = Field(
        2, ge=0, le=50, description="Faulty rows for each row rule; 0 gives clean files only."
    )
    damaged_files: bool = Field(
        True, description="Also files that must be refused, and one that is never sent."
    )
    plain: bool = Field(
        False, description="Every agency writes the same CSV: commas, UTF-8, contract headings."
    )
    density: Density = Field(Density(), description="How much is known of each person.")
    truths: Truths | None = Field(
        None, description="Known truths to plant, and to be met by what is computed of the files."
    )
    overwrite: bool = Field(False, description="Remove an earlier simulation of this home first.")

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if self.people < self.least_people * self.agencies:
            raise ValueError(f"people must be at least {self.least_people} for each agency")
        return self

    @model_validator(mode="after")
    def _check_truths(self) -> Self:
        if self.truths is not None and (self.months > 1 or self.faults_per_rule > 0):
            raise ValueError("truths are planted in one month of clean files")
        if self.truths is not None and self.period.month not in TRUTH_MONTHS:
            raise ValueError(
                "truths are planted in a month from March to July, when the appraisals of last"
                " year are in and its courses are not yet too old"
            )
        return self

    @property
    def least_people(self) -> int:
        """The smallest size of an agency."""
        return 60 if self.truths is None else 200

    @property
    def first_period(self) -> Period:
        """The month that carries the history."""
        return self.period.previous(self.months - 1)

    @property
    def periods(self) -> list[Period]:
        """Every month written, oldest first."""
        return [self.first_period.next(n) for n in range(self.months)]

    @property
    def threads(self) -> int:
        """Agencies written at a time; faults are dealt out agency by agency."""
        return 1 if self.faults_per_rule else os.cpu_count() or 1

    @property
    def has_damage(self) -> bool:
        """Whether refused files are asked for; never without row faults."""
        return self.damaged_files and self.faults_per_rule > 0


@dataclass(frozen=True)
class Label:
    """One injected fault; ``row_number`` counts as a spreadsheet does, None for a file fault."""

    agency_code: str
    period: str
    dataset: str
    file: str
    row_number: int | None
    rule: str
    severity: str


@dataclass
class SimulationResult:
    """Counts of what was written."""

    periods: list[str]
    agencies: list[str]
    people: int
    truth: Path
    files: int = 0
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    faults: int = 0
    not_submitted: list[tuple[str, str, str]] = field(default_factory=list)
    """(period, agency_code, dataset) of what an agency never sends."""
    unplaced: list[str] = field(default_factory=list)
    """Rules whose faults found no fitting row: the simulation is too small for them."""
    planted: Path | None = None
    """The known truths, where there are any."""
    revisions: list[Path] = field(default_factory=list)
    """Corrected files, to be copied over the first ones after an ingest."""
