"""The engines that compute outside this process, and what a build asks of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import duckdb

from asn_warehouse.engines.duckdb import Lake
from asn_warehouse.settings import Settings


class SharedEngine(Protocol):
    """What holds a candidate beside its own file, which takes in what dbt built."""

    def assert_named(self, settings: Settings) -> None:
        """Assert that somebody said where the engine is."""

    def see_lake(
        self, settings: Settings, candidate: duckdb.DuckDBPyConnection, lake: Lake, directory: Path
    ) -> int:
        """Make the empty candidate, which sees what ``lake`` counts."""

    def dbt_environment(self, settings: Settings, directory: Path) -> dict[str, str]:
        """Return what the target of profiles.yml reads."""

    def fetch(
        self,
        settings: Settings,
        candidate: duckdb.DuckDBPyConnection,
        directory: Path,
        built: Iterable[tuple[str, str]],
    ) -> int:
        """Take what dbt built into the candidate's file."""

    def protect(self, settings: Settings, directory: Path) -> None:
        """Limit who reads what the engine holds."""

    def is_there(self, settings: Settings, directory: Path) -> bool:
        """Return whether the engine still holds the candidate."""

    def drop(self, settings: Settings, directory: Path) -> None:
        """Drop the candidate."""


def shared_engine(target: str) -> SharedEngine | None:
    """Return the engine of a target; None for the embedded one, which needs no such care."""
    if target == "postgres":
        from asn_warehouse.engines import postgres

        return postgres
    if target == "spark":
        from asn_warehouse.engines import spark

        return spark
    return None
