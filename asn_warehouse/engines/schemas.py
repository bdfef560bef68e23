"""Names of the schemas in which a shared engine holds a candidate."""

from pathlib import Path

LAYERS = ("staging", "core", "marts", "codes", "rules")
"""Schemas into which dbt builds, as the project names them."""


def candidate_name(directory: Path) -> str:
    """Return with what the schemas of the candidate in ``directory`` begin.

    ``build/2026-10`` gives ``build_2026_10``, of another purpose ``build_<purpose>_2026_10``.
    """
    purpose, month = directory.parts[-2:]
    parts = ["build", *([] if purpose == "build" else [purpose]), month]
    return "_".join(parts).replace("-", "_")


def candidate_schema(directory: Path, layer: str) -> str:
    """Return the schema of ``layer`` of the candidate in ``directory``."""
    return f"{candidate_name(directory)}_{layer}"
