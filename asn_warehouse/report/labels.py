"""The words that readers of the report see.

What a mart and its columns are called, the models themselves say (``meta.label_id``); what a code
is called, the code lists say. The catalogue beside this file holds the rest.
"""

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from asn_warehouse import codes
from asn_warehouse.errors import ReportFailed
from asn_warehouse.settings import Settings, get_settings

_CATALOGUE = Path(__file__).with_name("labels.yaml")


def _loaded(path: Path) -> Any:
    """Return what a YAML file holds, by the reader in C where there is one."""
    reader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text("utf-8"), Loader=reader)  # noqa: S506  safe, only faster


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the groups of labels; keys are text in every group."""
    loaded = cast(dict[str, dict[Any, str]], _loaded(_CATALOGUE))
    return {group: {str(k): v for k, v in words.items()} for group, words in loaded.items()}


def label(group: str, key: object) -> str:
    """Return the label of ``key`` in ``group``, or the key itself where there is none."""
    return catalogue()[group].get(str(key), str(key))


@cache
def declared(mart: str) -> dict[str, Any]:
    """Return the declaration of ``mart`` in the dbt project.

    Raises:
        ReportFailed: when there is none.
    """
    found = sorted((get_settings().dbt_dir / "models").rglob(f"{mart}.yml"))
    if not found:
        raise ReportFailed(f"Mart {mart} is not declared in the dbt project.")
    return cast(dict[str, Any], _loaded(found[0])["models"][0])


def mart_title(mart: str) -> str:
    """Return what ``mart`` is called in Indonesian.

    Raises:
        ReportFailed: when its model is not declared or has no name.
    """
    return _label_id(declared(mart), mart)


def mart_headings(mart: str) -> dict[str, str]:
    """Return the Indonesian headings of the columns of ``mart``, as its model declares them.

    Raises:
        ReportFailed: when the model is not declared or a column has no name.
    """
    return {c["name"]: _label_id(c, f"{mart}.{c['name']}") for c in declared(mart)["columns"]}


def heading(column: str, mart: str | None = None) -> str:
    """Return the heading of a column of ``mart``, or of one that only the report has.

    Raises:
        ReportFailed: when nobody has named the column.
    """
    words = catalogue()["columns"] if mart is None else mart_headings(mart)
    if column not in words:
        raise ReportFailed(f"Column {column} of {mart or 'the report'} has no heading.")
    return words[column]


def _label_id(declared: dict[str, Any], name: str) -> str:
    found = declared.get("config", {}).get("meta", {}).get("label_id")
    if not found:
        raise ReportFailed(f"{name} has no label_id in its model.")
    return str(found)


class CodeLabels:
    """Indonesian labels of codes, from the code lists of the warehouse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, code_list: str, code: object) -> str:
        """Return the label of ``code``, or the code itself where the list does not hold it."""
        return codes.code_labels(self._settings, code_list).get(str(code), str(code))

    def order(self, code_list: str) -> tuple[str, ...]:
        """Return the codes of a list in the order in which readers expect them."""
        return codes.code_list(self._settings, code_list)
