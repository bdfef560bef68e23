"""What each served table and column is, in Indonesian and English, for whoever opens the store."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from asn_warehouse.settings import Settings

_OPS = Path(__file__).with_name("ops_tables.yaml")


@dataclass(frozen=True)
class Comments:
    """The comment of a table and those of its columns."""

    table: str
    columns: dict[str, str]


def of_mart(settings: Settings, mart: str) -> Comments | None:
    """Return what the model of ``mart`` declares; None where the project has no such model."""
    found = _declarations(settings.dbt_dir).get(mart)
    return None if found is None else _comments(found)


def of_ops(table: str) -> Comments:
    """Return what ``ops.<table>`` and its columns are."""
    declared: dict[str, Any] = _ops()[table]
    return Comments(
        _text(declared["id"], declared["en"]),
        {name: _text(*words) for name, words in declared["columns"].items()},
    )


@cache
def _ops() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_OPS.read_text("utf-8"))
    return found


@cache
def _declarations(dbt_dir: Path) -> dict[str, dict[str, Any]]:
    """Return each model of a mart or of core as its yml declares it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((dbt_dir / "models").rglob("*.yml")):
        declared = yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506 safe loaders
        for model in (declared or {}).get("models", []):
            found[model["name"]] = model
    return found


def _comments(declared: dict[str, Any]) -> Comments:
    return Comments(
        _declared_text(declared),
        {column["name"]: _declared_text(column) for column in declared.get("columns", [])},
    )


def _declared_text(declared: dict[str, Any]) -> str:
    meta = declared.get("config", {}).get("meta", {})
    return _text(meta.get("label_id", ""), meta.get("label_en", ""), declared["description"])


def _text(label_id: str, label_en: str, description: str = "") -> str:
    labels = " | ".join(filter(None, (label_id, label_en)))
    return "\n".join(filter(None, (labels, " ".join(description.split()))))
