"""The catalogue of words that readers of the report see."""

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from asn_warehouse import codes
from asn_warehouse.errors import ReportFailed
from asn_warehouse.settings import Settings

_CATALOGUE = Path(__file__).with_name("labels.yaml")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the groups of labels; keys are text in every group."""
    loaded = cast(dict[str, dict[Any, str]], yaml.safe_load(_CATALOGUE.read_text("utf-8")))
    return {group: {str(k): v for k, v in words.items()} for group, words in loaded.items()}


def label(group: str, key: object) -> str:
    """Return the label of ``key`` in ``group``, or the key itself where there is none."""
    return catalogue()[group].get(str(key), str(key))


def heading(column: str) -> str:
    """Return the heading of a column."""
    return label("columns", column)


def mart_headings(settings: Settings, mart: str) -> dict[str, str]:
    """Return the Indonesian headings of the columns of ``mart``, as its model declares them.

    Raises:
        ReportFailed: when the model is not declared.
    """
    found = sorted((settings.dbt_dir / "models" / "marts").glob(f"*/{mart}.yml"))
    if not found:
        raise ReportFailed(f"Mart {mart} is not declared in the dbt project.")
    declared = yaml.safe_load(found[0].read_text("utf-8"))["models"][0]["columns"]
    return {
        c["name"]: c.get("config", c).get("meta", {}).get("label_id") or heading(c["name"])
        for c in declared
    }


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
