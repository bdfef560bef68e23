"""Write docs/marts.md: every published table and column, as the models declare them.

    python scripts/marts_page.py [--check]

The page is its template with the tables filled in, so that it cannot go stale: with ``--check``
nothing is written, and the exit code is 1 where the file differs.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import yaml
from generated_page import write_or_check

from asn_warehouse import safe_marts
from asn_warehouse.settings import PROJECT_DIR

TARGET = PROJECT_DIR / "docs" / "marts.md"
TEMPLATE = PROJECT_DIR / "scripts" / "templates" / "marts.md"
_MODELS = PROJECT_DIR / "dbt_project" / "models"
_PLACE = re.compile(r"^\{\{ (\w+) \}\}$", re.MULTILINE)


def declared(*layers: str) -> Iterator[dict[str, Any]]:
    """Yield the declaration of every model of these layers that is not a step in between."""
    for layer in layers:
        for path in sorted((_MODELS / layer).rglob("*.yml")):
            if not path.name.startswith(("int_", "_")):
                yield yaml.safe_load(path.read_text("utf-8"))["models"][0]


def _public() -> dict[str, dict[str, Any]]:
    """Return the published tables by name: those that say whether they are restricted."""
    found = declared("marts", "core")
    return {m["name"]: m for m in found if "restricted" in m.get("config", {}).get("meta", {})}


def _split(model: dict[str, Any]) -> tuple[str, str]:
    """Return the grain, and what else the description says."""
    words = " ".join(model["description"].split()).removeprefix("Grain: ")
    grain, _, rest = words.partition(". ")
    return grain.rstrip("."), rest


def _line(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


_RULES = {mart.name: mart for mart in safe_marts.MARTS}


def _bi(name: str, meta: dict[str, Any]) -> str:
    """Return whether schema ``safe`` has a table."""
    if meta["restricted"]:
        return "restricted"
    return "safe" if name in _RULES else "no"


def _left_out(model: dict[str, Any]) -> str:
    """Return what schemas ``safe`` and ``open`` lack of a table that holds no persons."""
    name = model["name"]
    if model["config"]["meta"]["restricted"]:
        return ""
    if name not in _RULES:
        return f" Not in `safe` and `open`. {safe_marts.WITHOUT_PROTECTION[name]}"
    columns = (column["name"] for column in model["columns"])
    missing = [f"`{column}`" for column in columns if column not in _RULES[name].columns]
    return f" `safe` and `open` lack {', '.join(missing)}." if missing else ""


def _overview(tables: dict[str, dict[str, Any]], order: list[str]) -> str:
    lines = []
    for name in order:
        meta = tables[name]["config"]["meta"]
        link = f"[`{name}`](#{name})"
        lines.append(_line(link, meta["label_en"], _bi(name, meta), _split(tables[name])[0]))
    return "\n".join(lines)


def _table(model: dict[str, Any], question: str) -> str:
    """Return the chapter of one published table."""
    meta = model["config"]["meta"]
    grain, rest = _split(model)
    access = "**Restricted.** " if meta["restricted"] else ""
    lines = [
        f"### `{model['name']}`",
        "",
        f"{meta['label_en']} · *{meta['label_id']}*",
        "",
        question,
        "",
        f"{access}One row per {grain}. {rest}".rstrip() + _left_out(model),
        "",
        "| column | type | meaning | label |",
        "|---|---|---|---|",
    ]
    for column in model["columns"]:
        meaning = " ".join(column["description"].split())
        label = column["config"]["meta"]["label_id"]
        lines.append(_line(f"`{column['name']}`", column["data_type"], meaning, label))
    return "\n".join(lines)


def _core(models: list[dict[str, Any]]) -> str:
    lines = ["| table | one row per | columns |", "|---|---|---|"]
    for model in models:
        columns = ", ".join(f"`{c['name']}`" for c in model["columns"])
        lines.append(_line(f"`{model['name']}`", ". ".join(filter(None, _split(model))), columns))
    return "\n".join(lines)


def page() -> str:
    """Return the text of docs/marts.md.

    Raises:
        ValueError: where the template and the published tables are not the same, or a table has
            no question.
    """
    template = TEMPLATE.read_text("utf-8")
    tables = _public()
    order = [n for n in _PLACE.findall(template) if n not in ("overview", "core")]
    if sorted(order) != sorted(tables):
        raise ValueError(f"Only in template or models: {sorted(set(order) ^ set(tables))}.")
    core = [m for m in declared("core") if m["name"] not in tables]
    made = {"overview": _overview(tables, order), "core": _core(core)}
    parts = re.split(r"^(\{\{ \w+ \}\}(?:\n> .+)?)$", template, flags=re.MULTILINE)
    for i, part in enumerate(parts):
        if place := re.match(r"\{\{ (\w+) \}\}(?:\n> (.+))?", part):
            name, question = place.groups()
            if name not in made and not question:
                raise ValueError(f"{name} has no question.")
            parts[i] = made.get(name) or _table(tables[name], question)
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(write_or_check(TARGET, page()))
