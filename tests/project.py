"""The dbt project as its manifest tells it, and what tests ask of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from asn_warehouse.settings import PROJECT_DIR

DBT_DIR = PROJECT_DIR / "dbt_project"


def parse(scratch: Path, *options: str) -> Any:
    """Parse the whole project in process into ``scratch/target`` and return its manifest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DO_NOT_TRACK", "1")
        patch.delenv("ASN_BUILD_DB", raising=False)
        result = dbtRunner().invoke(
            [
                "--quiet",
                "parse",
                "--no-partial-parse",
                "--project-dir",
                str(DBT_DIR),
                "--profiles-dir",
                str(DBT_DIR),
                "--target-path",
                str(scratch / "target"),
                "--log-path",
                str(scratch / "logs"),
                *options,
            ]
        )
    assert result.success, result.exception
    return result.result


def layer(node: Any) -> str:
    """First folder below models/: staging, core or marts."""
    return str(node.fqn[1])


def meta_of(node: Any) -> dict[str, Any]:
    """The meta of a model or a column."""
    return dict(node.config.meta or getattr(node, "meta", None) or {})


def data_tests_of(manifest: Any, node: Any) -> list[Any]:
    """Data tests attached to a model."""
    return [
        n
        for n in manifest.nodes.values()
        if n.resource_type == "test" and getattr(n, "attached_node", None) == node.unique_id
    ]


def labelled(models: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Model, column name and column of every mart, dimension and fact."""
    for name, node in sorted(models.items()):
        if layer(node) in ("core", "marts") and not name.startswith("int_"):
            for column in node.columns.values():
                yield name, column.name, column
