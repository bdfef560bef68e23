"""The rules in force on the last day of a period, with article and mark, from the rule seeds."""

import csv
from dataclasses import dataclass
from datetime import date

from asn_warehouse.errors import ReportFailed
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

SHOWN = (
    "assessment",
    "jpm",
    "jpm_mapping",
    "jpm_selection",
    "overqualified",
    "gap_severity",
    "learning",
    "program",
    "snapshot",
    "scorecard",
    "talent",
    "talent_threshold",
    "talent_acting",
    "talent_variety",
    "talent_variety_score",
    "talent_integrity",
    "potential",
    "discipline",
    "kpi_target",
    "required_level",
)
"""Rule sets that the method notes print, in this order."""

Row = dict[str, str]


@dataclass(frozen=True)
class Rule:
    """A rule in words: note, article, mark (C, C2, M or D) and the first day it is in force."""

    rule_set: str
    rule_id: str
    note: str
    source: str
    mark: str
    valid_from: date


def _in_force(settings: Settings, name: str, day: date) -> list[Row]:
    path = settings.dbt_dir / "seeds" / "rules" / f"{name}.csv"
    if not path.is_file():
        raise ReportFailed(f"Rule seed {path.name} is missing.", mend=f"Restore {path}.")
    text = day.isoformat()
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["valid_from"] <= text and (not row["valid_to"] or text <= row["valid_to"])
        ]


def in_force(settings: Settings, period: Period) -> list[Rule]:
    """Return the rules that the method notes print, by rule set and id."""
    folder = settings.dbt_dir / "seeds" / "rules"
    names = sorted(p.stem for p in folder.glob("rule_*.csv") if p.stem != "rule_matrix")
    place = {name: i for i, name in enumerate(SHOWN)}
    found = [
        Rule(
            rule_set=row["rule_set"],
            rule_id=row["rule_id"],
            note=row["note_id"],
            source=row["source"],
            mark=row["mark"],
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for name in names
        for row in _in_force(settings, name, period.last_day)
        if row["rule_set"] in place
    ]
    return sorted(found, key=lambda rule: (place[rule.rule_set], rule.rule_id))


def box_actions(settings: Settings, period: Period) -> dict[int, str]:
    """Return the recommended action of each talent box."""
    rows = _in_force(settings, "rule_action", period.last_day)
    return {int(r["code"]): r["action_id"] for r in rows if r["rule_set"] == "talent_action"}


def parameter(settings: Settings, period: Period, name: str) -> float | None:
    """Return the value of a rule parameter in force, or None where there is none."""
    for row in _in_force(settings, "rule_parameter", period.last_day):
        if row["name"] == name:
            return float(row["value"])
    return None
