"""What dbt says it did: its manifest and results, read strictly."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asn_warehouse.errors import BuildFailed

_RUNS = ("model", "seed", "snapshot", "test")
_GOOD = ("success", "pass", "warn")


@dataclass(frozen=True)
class DbtOutcome:
    """What one or more runs of dbt did: status, message and seconds by node id; seconds in all."""

    statuses: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    messages: dict[str, str] = field(default_factory=dict)
    invocations: tuple[str, ...] = ()
    node_seconds: dict[str, float] = field(default_factory=dict)

    def count(self, *kinds: str) -> int:
        """Return how many nodes of ``kinds`` (model, seed, test, unit_test) ran."""
        return sum(1 for node in self.statuses if node.split(".", 1)[0] in kinds)

    def then(self, later: "DbtOutcome") -> "DbtOutcome":
        """Return both runs as one; of a node that ran twice the later status counts."""
        return DbtOutcome(
            self.statuses | later.statuses,
            self.seconds + later.seconds,
            self.messages | later.messages,
            self.invocations + later.invocations,
            self.node_seconds | later.node_seconds,
        )

    def assert_good(self) -> None:
        """Raise unless something ran and all of it passed.

        Raises:
            BuildFailed: names the first node that failed and why, else the first that was skipped.
        """
        if not self.statuses:
            raise BuildFailed("dbt ran nothing: the selection is empty.")
        bad = sorted(node for node, status in self.statuses.items() if status not in _GOOD)
        if bad:
            first = next((node for node in bad if self.statuses[node] != "skipped"), bad[0])
            reason = " ".join(self.messages.get(first, "").split())
            raise BuildFailed(
                f"{len(bad)} of {len(self.statuses)} nodes did not pass:"
                f" {first} ({self.statuses[first]}) {reason}".strip()
            )


def read_outcome(target_dir: Path) -> DbtOutcome:
    """Return what ``run_results.json`` of the last run says.

    Raises:
        BuildFailed: when dbt left none.
    """
    path = target_dir / "run_results.json"
    if not path.exists():
        raise BuildFailed("dbt left no results: nothing ran.")
    found = json.loads(path.read_text(encoding="utf-8"))
    return DbtOutcome(
        {row["unique_id"]: row["status"] for row in found["results"]},
        float(found["elapsed_time"]),
        {row["unique_id"]: str(row["message"]) for row in found["results"] if row["message"]},
        (found["metadata"]["invocation_id"],),
        {row["unique_id"]: float(row["execution_time"]) for row in found["results"]},
    )


def append_outcome(journal: Path, outcome: DbtOutcome) -> None:
    """Append ``outcome`` to the record of a build.

    Raises:
        BuildFailed: when this very run of dbt is already in it: dbt left no new results.
    """
    if set(outcome.invocations) & set(read_journal(journal).invocations):
        raise BuildFailed("dbt left no new results: nothing ran.")
    row = {
        "invocations": outcome.invocations,
        "statuses": outcome.statuses,
        "seconds": outcome.seconds,
        "messages": outcome.messages,
        "node_seconds": outcome.node_seconds,
    }
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def read_journal(journal: Path) -> DbtOutcome:
    """Return all runs of a build as one outcome."""
    total = DbtOutcome()
    if journal.exists():
        for line in journal.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            run = DbtOutcome(
                row["statuses"],
                row["seconds"],
                row["messages"],
                tuple(row["invocations"]),
                row["node_seconds"],
            )
            total = total.then(run)
    return total


def read_manifest(target_dir: Path) -> dict[str, Any]:
    """Return dbt's ``manifest.json``.

    Raises:
        BuildFailed: when dbt left none.
    """
    path = target_dir / "manifest.json"
    if not path.exists():
        raise BuildFailed("dbt left no manifest: the project was not read.")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def runnable(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the nodes that a complete run answers for, by id; unit tests are no part of it."""
    return {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in _RUNS and _runs(node)
    }


def layer(node: Mapping[str, Any]) -> str:
    """Return the schema of a node as the project names it, whatever a target puts before it."""
    return str((node.get("config") or {}).get("schema") or node["schema"])


def _runs(node: dict[str, Any]) -> bool:
    config = node.get("config") or {}
    return config.get("materialized") != "ephemeral" and config.get("enabled", True) is not False


def some(names: Iterable[str], limit: int = 5) -> str:
    """Return the first names, and how many more there are."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:limit])
    return shown if len(ordered) <= limit else f"{shown} and {len(ordered) - limit} more"
