"""Metrics asked as BI asks them: MetricFlow writes the SQL, DuckDB answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

Row = dict[str, Any]


class _Dialect:
    """All that MetricFlow must know of an engine that it does not run itself."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


@dataclass(frozen=True)
class SemanticLayer:
    """The metrics of a parsed project, and a database that holds its marts."""

    manifest: Any
    engine: MetricFlowEngine
    connection: duckdb.DuckDBPyConnection

    @classmethod
    def of(cls, target_dir: Path, connection: duckdb.DuckDBPyConnection) -> "SemanticLayer":
        """Read what ``dbt parse`` left in ``target_dir``."""
        text = (target_dir / "semantic_manifest.json").read_text(encoding="utf-8")
        manifest = parse_manifest_from_dbt_generated_manifest(text)
        lookup = SemanticManifestLookup(manifest)
        return cls(manifest, MetricFlowEngine(lookup, _Dialect()), connection)  # type: ignore[arg-type]

    def on(self, connection: duckdb.DuckDBPyConnection) -> "SemanticLayer":
        """Return the same metrics over another database."""
        return SemanticLayer(self.manifest, self.engine, connection)

    def ask(
        self, metrics: Sequence[str], by: Sequence[str] = (), where: Sequence[str] = ()
    ) -> list[Row]:
        """Return the rows that ``mf query`` would show."""
        request = MetricFlowQueryRequest.create(
            metric_names=list(metrics), group_by_names=list(by), where_constraints=list(where)
        )
        answer = self.connection.execute(self.engine.explain(request).sql_statement.sql)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def value(self, metric: str, where: Sequence[str] = ()) -> Any:
        """Return a metric over everything."""
        ((value,),) = (row.values() for row in self.ask([metric], where=where))
        return value

    def entities(self, metric: str) -> set[str]:
        """Return the keys by which ``metric`` can be grouped."""
        found = self.engine.entities_for_metrics([metric])
        return {entity.name for entity in found}
