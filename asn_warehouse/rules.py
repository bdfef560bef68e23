"""Rule rows as ``dim_rule`` has them: what is in force, by which article, how sure we are of it."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from asn_warehouse.report.labels import label
from asn_warehouse.settings import Settings

_ROW = ("rule_id", "rule_set", "item", "value", "unit", "source", "mark")


@dataclass(frozen=True)
class Rule:
    """One version of a rule; ``topic`` and ``marts`` say where columns rest on its set."""

    rule_id: str
    rule_set: str
    item: str
    value: str
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
    mark: str
    note: str
    topic: str | None = None
    marts: tuple[str, ...] = ()

    def is_in_force(self, day: date) -> bool:
        """Return whether this version is in force on ``day``, both ends included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def statement(self) -> str:
        """Id, value and the rule in words."""
        has_unit = self.unit not in ("text", "code", "range")
        value = f"{self.value} {self.unit}" if has_unit else self.value
        return f"{self.rule_id} = {value}: {self.note.rstrip('.')}."

    @property
    def authority(self) -> str:
        """Regulation and article, and in words how sure we are of them."""
        return f"{self.source} [{self.mark}: {label('mark', self.mark)}]"

    def belongs_to(self, entry: str) -> bool:
        """Return whether ``entry`` of a column's ``rule_sets`` names this rule.

        An entry is a rule set, ``set.item``, or ``set.item`` of which the item goes on after a dot.
        """
        name, _, item = entry.partition(".")
        if name != self.rule_set:
            return False
        return not item or self.item == item or self.item.startswith(f"{item}.")


def resting(rules: Iterable[Rule], entries: Iterable[str]) -> list[Rule]:
    """Return the rules that ``entries`` name: by set, item and time."""
    wanted = tuple(entries)
    found = [rule for rule in rules if any(rule.belongs_to(entry) for entry in wanted)]
    return sorted(found, key=lambda rule: (rule.rule_set, rule.item, rule.valid_from))


def published(connection: duckdb.DuckDBPyConnection, relation: str, period: date) -> list[Rule]:
    """Return all rows of ``dim_rule`` for a month.

    Args:
        connection: sees what is published.
        relation: ``marts.dim_rule``, or the file of an archived version.
        period: first day of the month.
    """
    rows = connection.execute(
        f"select {', '.join(_ROW)}, valid_from, valid_to, note_id, topic, marts from {relation}"
        " where period = ? order by rule_id",
        [period],
    ).fetchall()
    size = len(_ROW)
    return [
        Rule(
            **dict(zip(_ROW, row[:size], strict=True)),
            valid_from=row[size],
            valid_to=row[size + 1],
            note=row[size + 2],
            topic=row[size + 3],
            marts=tuple(row[size + 4].split(", ")) if row[size + 4] else (),
        )
        for row in rows
    ]


def of_project(settings: Settings) -> list[Rule]:
    """Return every row of every rule seed, in the shape of ``dim_rule``, by id."""
    folder = settings.dbt_dir / "seeds" / "rules"
    found: list[Rule] = []
    for name, shape in _SHAPES.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found += [_rule(row, *shape(row)) for row in csv.DictReader(file)]
    return sorted(found, key=lambda rule: rule.rule_id)


def _rule(row: dict[str, str], item: str, value: str, unit: str) -> Rule:
    return Rule(
        rule_id=row["rule_id"],
        rule_set=row["rule_set"],
        item=item,
        value=value,
        unit=unit,
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        source=row["source"],
        mark=row["mark"],
        note=row["note_id"],
    )


def _number(text: str) -> str:
    return f"{Decimal(text).quantize(Decimal('0.0001')):f}".rstrip("0").rstrip(".")


def _band(row: dict[str, str]) -> str:
    lower, upper = (">=", "<") if row["is_lower_inclusive"] == "true" else (">", "<=")
    ends = ((lower, row["lower_bound"]), (upper, row["upper_bound"]))
    return "; ".join(f"{sign} {_number(bound)}" for sign, bound in ends if bound)


_Shape = Callable[[dict[str, str]], tuple[str, str, str]]
_SHAPES: dict[str, _Shape] = {
    "rule_action": lambda r: (r["code"], r["action_id"], "text"),
    "rule_band": lambda r: (r["code"], _band(r), "range"),
    "rule_matrix": lambda r: (f"{r['row_code']} x {r['column_code']}", r["result_code"], "code"),
    "rule_parameter": lambda r: (r["name"], _number(r["value"]), r["unit"]),
    "rule_required_level": lambda r: (r["position_level"], _number(r["level"]), "level"),
    "rule_score": lambda r: (r["code"], _number(r["score"]), "points"),
    "rule_talent_threshold": lambda r: (
        r["axis"] + (f".{r['agency_code']}" if r["agency_code"] else ""),
        f"{_number(r['lower_bound'])}; {_number(r['upper_bound'])}",
        "points",
    ),
    "rule_weight": lambda r: (f"{r['axis']}.{r['component']}", _number(r["weight"]), "weight"),
}
"""Item, value and unit of a row of each seed."""
