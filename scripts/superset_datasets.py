"""Write the columns of Superset's datasets from the models that they read.

    make bi-datasets        (or: python scripts/superset_datasets.py [--check])

A dataset is there when its file is: ``assets/datasets/gudang_asn/<schema>.<mart>.yaml``.
Its columns are those of the model, named in Indonesian. Beside them stand columns that Superset
computes: the month as text, the words of codes, and in schema safe which figures of a row are
hidden. Metrics and everything else in the file are left as they are. With ``--check`` nothing is
written, and the code is 1 where something differs.
"""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from asn_warehouse import codes
from asn_warehouse.report.labels import catalogue
from asn_warehouse.settings import PROJECT_DIR, get_settings

HERE = PROJECT_DIR / "bi" / "superset"
DATASETS = HERE / "assets" / "datasets" / "gudang_asn"
CHARTS = HERE / "assets" / "charts"

CODE_LISTS = {
    "position_level": "position_level",
    "next_level": "position_level",
    "job_family": "job_family",
    "obstacle": "obstacle",
    "learning_form": "learning_form",
    "recommended_form": "learning_form",
    "employment_status": "employment_status",
}
CATALOGUE = {
    "family": "family",
    "form_group": "form_group",
    "evidence": "evidence",
    "dataset": "dataset",
    "status": "submission_status",
}
OF_PROTECTION = {
    "disclosure_status": ("varchar", "Status angka"),
    "suppressed": ("varchar", "Kolom yang disembunyikan (nama teknis)"),
}
_QUERY = re.compile(r"select\s+\*\s+from\s+marts\.(\w+)", re.IGNORECASE)
MONTH, HIDDEN = "periode", "disembunyikan"


def model_columns(mart: str) -> list[dict[str, Any]]:
    """Return the columns of a mart as its model declares them."""
    (path,) = (PROJECT_DIR / "dbt_project" / "models" / "marts").rglob(f"{mart}.yml")
    columns: list[dict[str, Any]] = loaded(path)["models"][0]["columns"]
    return columns


def mart_of(dataset: dict[str, Any]) -> str:
    """Return the mart that a dataset reads.

    Those of schema marts are written as a query, for Superset's own database in SQLite holds no
    two datasets of one name.
    """
    found = _QUERY.fullmatch(dataset["sql"] or "")
    return found[1] if found else str(dataset["table_name"])


def words_of(column: str) -> dict[str, str]:
    """Return the words of the codes of a column; nothing where it holds no codes."""
    if column in CODE_LISTS:
        return codes.code_labels(get_settings(), CODE_LISTS[column])
    if column in CATALOGUE:
        return catalogue()[CATALOGUE[column]]
    own: dict[str, dict[str, str]] = loaded(HERE / "words.yaml")
    return own.get(column, {})


def text(value: str) -> str:
    """Return an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def column(name: str, kind: str, label: str, **more: Any) -> dict[str, Any]:
    """Return a column as Superset's import takes it."""
    return {
        "column_name": name,
        "verbose_name": label,
        "is_dttm": kind == "date",
        "is_active": True,
        "type": kind.upper(),
        "groupby": True,
        "filterable": True,
        "expression": None,
        "description": None,
        "python_date_format": None,
        "extra": None,
        **more,
    }


@cache
def charts() -> list[dict[str, Any]]:
    """Return every chart."""
    return [loaded(path) for path in CHARTS.glob("*.yaml")]


def loaded(path: Path) -> Any:
    """Return what a YAML file holds; libyaml's safe loader takes a tenth of the time."""
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


def shown_in_tables(dataset: str) -> list[str]:
    """Return the columns that tables on a dataset show, each once, by name."""
    return sorted(
        {
            name.removesuffix("_label")
            for chart in charts()
            if chart["dataset_uuid"] == dataset
            for name in chart["params"].get("all_columns", ())
        }
    )


def computed(
    schema: str, names: dict[str, str], yes_or_no: list[str], shown: list[str]
) -> list[dict[str, Any]]:
    """Return the columns that Superset computes.

    Args:
        schema: of the mart.
        names: its columns, and what each is called.
        yes_or_no: those that are true or false.
        shown: those of which a row says when they are hidden.
    """
    made = [
        column(
            MONTH, "varchar", "Bulan laporan", expression="substr(cast(period as varchar), 1, 7)"
        )
    ]
    for name, label in names.items():
        words = words_of(name)
        if not words:
            continue
        cases = " ".join(f"when {text(code)} then {text(word)}" for code, word in words.items())
        whole = f"case {name} {cases} else {name} end"
        made.append(column(f"{name}_label", "varchar", label, expression=whole))
    for name in yes_or_no:
        whole = f"case when {name} then 'Ya' when not {name} then 'Tidak' end"
        made.append(column(f"{name}_label", "varchar", names[name], expression=whole))
    if schema == "safe":
        parts = " || ".join(
            f"case when ';' || suppressed || ';' like {text(f'%;{name};%')}"
            f" then {text(names[name] + '; ')} else '' end"
            for name in shown
        )
        whole = (
            f"case when suppressed <> '' then trim({parts}, '; ') else '' end" if parts else "''"
        )
        made.append(column(HIDDEN, "varchar", "Disembunyikan (*)", expression=whole))
    return made


def refreshed(found: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset with the columns of its model, all else as it was."""
    declared = model_columns(mart_of(found))
    columns = [
        column(
            one["name"],
            one["data_type"],
            one["config"]["meta"]["label_id"],
            description=str(one["description"]).strip(),
        )
        for one in declared
    ]
    if found["schema"] == "safe":
        columns += [column(name, *known) for name, known in OF_PROTECTION.items()]
    labels = {one["column_name"]: one["verbose_name"] for one in columns}
    protected = [name for name in shown_in_tables(found["uuid"]) if name in labels]
    truths = [one["name"] for one in declared if one["data_type"] == "boolean"]
    made = computed(found["schema"], labels, truths, protected)
    return {**found, "columns": columns + made}


def as_text(dataset: dict[str, Any]) -> str:
    """Return the file of a dataset."""
    return yaml.dump(
        dataset, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100
    )


def main() -> int:
    """Write every dataset, or say which differ."""
    differing: list[Path] = []
    for path in sorted(DATASETS.glob("*.yaml")):
        there = path.read_text("utf-8")
        wanted = as_text(refreshed(loaded(path)))
        if wanted != there:
            differing.append(path)
            if "--check" not in sys.argv[1:]:
                path.write_text(wanted, "utf-8")
    for path in differing:
        print(f"{'Differs' if '--check' in sys.argv[1:] else 'Wrote'}: {path.name}")
    return int(bool(differing) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
