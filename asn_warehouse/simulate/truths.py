"""What a simulation plants in its data, and the record of it that the computed marts must meet."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

BOXES = 9
GAP_AGENCY, BOX_AGENCY = 1, 2
"""Places of the agency with the known competency gap and of the one with the known boxes."""


class Truths(BaseModel):
    """Known truths: what an estimate from the simulated files must come to."""

    model_config = ConfigDict(frozen=True)

    effect: float = Field(
        0.4,
        gt=0,
        le=0.8,
        description="What the programme that works adds to the yearly performance score, in"
        " standard deviations of the yearly change of those who took no course.",
    )
    met_share: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Share of the requirements met in the agency with the known gap; each of the"
        " others is missed by one level.",
    )
    boxes: tuple[float, ...] = Field(
        (0.04, 0.06, 0.05, 0.08, 0.30, 0.06, 0.15, 0.16, 0.10),
        description="Shares of boxes 1 to 9 in the agency with the known boxes.",
    )

    @field_validator("boxes")
    @classmethod
    def _check_boxes(cls, boxes: tuple[float, ...]) -> tuple[float, ...]:
        if len(boxes) != BOXES or min(boxes) < 0 or abs(sum(boxes) - 1) > 1e-9:
            raise ValueError("boxes must be nine shares that add up to 1")
        return boxes


@dataclass(frozen=True)
class Truth:
    """One planted number; ``subject`` is a programme, a competency family or a box."""

    kind: str
    agency_code: str
    subject: str
    measure: str
    value: float


def write_truths(path: Path, truths: Iterable[Truth]) -> None:
    """Write the planted numbers as a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Truth)])
        writer.writerows(astuple(truth) for truth in truths)
