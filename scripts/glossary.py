"""Write docs/glossary.md: each word of the contracts beside the word of the warehouse.

    python scripts/glossary.py [--check]

Made from contracts/ and the staging models, where names are translated, so that it cannot go stale:
with ``--check`` nothing is written, and the exit code is 1 where the file differs.
"""

import re
import sys

import yaml
from generated_page import write_or_check

from asn_warehouse.contracts import Dataset, datasets
from asn_warehouse.settings import PROJECT_DIR, get_settings

TARGET = PROJECT_DIR / "docs" / "glossary.md"
PROTECTED = PROJECT_DIR / "asn_warehouse" / "serving" / "protected_tables.yaml"
_RENAMED = re.compile(r"\bsource\.(\w+)[^,\n]*? as (\w+)")
_KEPT = re.compile(r"^\s+source\.(\w+),?$", re.MULTILINE)
_NEVER = "*(stays in the vault)*"


def english(dataset: Dataset) -> dict[str, str]:
    """Return the warehouse's name of each lake column of ``dataset``."""
    path = PROJECT_DIR / "dbt_project" / "models" / "staging" / f"stg_{dataset.name}.sql"
    sql = path.read_text("utf-8")
    return {name: name for name in _KEPT.findall(sql)} | dict(_RENAMED.findall(sql))


def glossary() -> str:
    """Return the text of docs/glossary.md."""
    lines = [
        "# Glossary",
        "",
        "Agencies write Indonesian, the warehouse English.",
        "Written by `make glossary` from the contracts and the staging models.",
    ]
    for dataset in datasets(get_settings()).values():
        words = english(dataset)
        lines += ["", f"## {dataset.label} (`{dataset.name}`)", ""]
        lines += ["| contract | meaning | warehouse |", "|---|---|---|"]
        for column in dataset.columns:
            name = words.get(column.lake_name or "")
            warehouse = f"`{name}`" if name else _NEVER
            lines.append(f"| `{column.name}` | {column.label} | {warehouse} |")
        lines += [
            f"| *derived* | {derived.name} | `{words[derived.name]}` |"
            for derived in dataset.derived
        ]
    lines += ["", "## Angka yang dilindungi (`safe`, `open`)", ""]
    lines += ["| Indonesian | column | English |", "|---|---|---|"]
    words = yaml.safe_load(PROTECTED.read_text("utf-8"))
    lines += [f"| {said['id']} | `{name}` | {said['en']} |" for name, said in words.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(TARGET, glossary()))
