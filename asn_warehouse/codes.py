"""Code lists and rule matrices, read from the dbt seeds that also reach the warehouse."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

from asn_warehouse.errors import ContractError
from asn_warehouse.settings import Settings


@cache
def _rows(path: Path) -> tuple[dict[str, str], ...]:
    if not path.is_file():
        raise ContractError(f"Seed {path.name} is missing in {path.parent}.")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _codes(settings: Settings, name: str) -> tuple[dict[str, str], ...]:
    return _rows(settings.dbt_dir / "seeds" / "codes" / f"code_{name}.csv")


def code_list(settings: Settings, name: str) -> tuple[str, ...]:
    """Return the codes of the list ``name`` in the order of its seed."""
    return tuple(row["code"] for row in _codes(settings, name))


def code_labels(settings: Settings, name: str, language: str = "id") -> dict[str, str]:
    """Return the label of every code of the list ``name``."""
    return {row["code"]: row[f"label_{language}"] for row in _codes(settings, name)}


def code_attribute(settings: Settings, name: str, attribute: str) -> dict[str, str]:
    """Return an attribute of every code of the list ``name`` that has one."""
    return {row["code"]: row[attribute] for row in _codes(settings, name) if row[attribute]}


def code_siasn(settings: Settings, name: str) -> dict[str, str]:
    """Return SIASN's own identifier of every code of the list ``name`` that has one."""
    rows = _codes(settings, name)
    return code_attribute(settings, name, "siasn_code") if "siasn_code" in rows[0] else {}


def rule_matrix(settings: Settings, rule_set: str, on: date) -> dict[tuple[str, str], str]:
    """Return result codes by row and column code of the rule matrix in force ``on`` a day."""
    day = on.isoformat()
    return {
        (row["row_code"], row["column_code"]): row["result_code"]
        for row in _rows(settings.dbt_dir / "seeds" / "rules" / "rule_matrix.csv")
        if row["rule_set"] == rule_set
        and row["valid_from"] <= day
        and (not row["valid_to"] or day <= row["valid_to"])
    }


def rule_scores(settings: Settings, rule_set: str, on: date) -> dict[str, float]:
    """Return the score of every code of a rule set in force ``on`` a day."""
    day = on.isoformat()
    return {
        row["code"]: float(row["score"])
        for row in _rows(settings.dbt_dir / "seeds" / "rules" / "rule_score.csv")
        if row["rule_set"] == rule_set
        and row["valid_from"] <= day
        and (not row["valid_to"] or day <= row["valid_to"])
    }


def greatest_parameter(settings: Settings, rule_set: str, name: str) -> float:
    """Return the greatest value that the rule parameter ever has: a bound for what is read."""
    path = settings.dbt_dir / "seeds" / "rules" / "rule_parameter.csv"
    values = [
        float(row["value"])
        for row in _rows(path)
        if (row["rule_set"], row["name"]) == (rule_set, name)
    ]
    if not values:
        raise ContractError(f"Rule {rule_set}.{name} is missing in {path.name}.")
    return max(values)
