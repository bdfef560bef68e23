"""What each served table and column is, in Indonesian and English, for whoever opens the store."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from asn_warehouse.settings import Settings

_OPS = Path(__file__).with_name("ops_tables.yaml")
_PROTECTED = Path(__file__).with_name("protected_tables.yaml")


@dataclass(frozen=True)
class Comments:
    """The comment of a table and those of its columns."""

    table: str
    columns: dict[str, str]


def of_mart(settings: Settings, mart: str, *, is_protected: bool = False) -> Comments | None:
    """Return what the model of ``mart`` declares; None where the project has no such model.

    A protected table has two columns more, which say what is hidden.
    """
    found = _declarations(settings.dbt_dir).get(mart)
    if found is None:
        return None
    said = _comments(found)
    if not is_protected:
        return said
    added = _added()
    return Comments(
        "\n".join((said.table, added["table"])),
        said.columns | {name: text for name, text in added.items() if name != "table"},
    )


@cache
def _added() -> dict[str, str]:
    """Return what is said of every protected table and of its own columns."""
    words = yaml.safe_load(_PROTECTED.read_text("utf-8"))
    return {name: _text(said["id"], said["en"]) for name, said in words.items()}


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
