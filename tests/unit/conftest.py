"""The dbt project, parsed once for all tests that judge it."""

from typing import Any

import pytest
from project import parse


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The manifest of the whole project."""
    return parse(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="session")
def models(manifest: Any) -> dict[str, Any]:
    """Models by name."""
    found = {n.name: n for n in manifest.nodes.values() if n.resource_type == "model"}
    assert len(found) >= 40, "the manifest holds too few models to judge the project by"
    return found


@pytest.fixture(scope="session")
def marts(models: dict[str, Any]) -> dict[str, Any]:
    """Public marts by name."""
    found = {name: node for name, node in models.items() if node.schema == "marts"}
    assert len(found) >= 10
    return found
