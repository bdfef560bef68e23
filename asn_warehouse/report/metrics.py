"""What a figure is called: the metric of the semantic layer says it, for reports and BI alike."""

from functools import cache
from typing import Any

import yaml

from asn_warehouse.errors import ReportFailed
from asn_warehouse.settings import get_settings


def metric_label(metric: str) -> str:
    """Return what ``metric`` is called in Indonesian.

    Raises:
        ReportFailed: when the dbt project declares no such metric.
    """
    return str(declared(metric)["label"])


def metric_note(metric: str) -> str:
    """Return the few words that a reader needs beside the figure; empty where there are none.

    Raises:
        ReportFailed: when the dbt project declares no such metric.
    """
    return str(declared(metric).get("config", {}).get("meta", {}).get("note_id", ""))


def declared(metric: str) -> dict[str, Any]:
    """Return the declaration of ``metric``.

    Raises:
        ReportFailed: when the dbt project declares no such metric.
    """
    if metric not in _metrics():
        raise ReportFailed(f"Metric {metric} is not declared in the dbt project.")
    return _metrics()[metric]


@cache
def _metrics() -> dict[str, dict[str, Any]]:
    """Return every metric by name; a measure may declare one itself."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((get_settings().dbt_dir / "models" / "semantic").glob("*.yml")):
        declared = yaml.safe_load(path.read_text("utf-8"))
        measures = [m for model in declared["semantic_models"] for m in model["measures"]]
        found |= {m["name"]: m for m in measures if m.get("create_metric")}
        found |= {m["name"]: m for m in declared["metrics"]}
    return found
