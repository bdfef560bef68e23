"""Great Expectations over DuckDB: run expectations, measure what failed, write Data Docs."""

import html
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb


class Inspector:
    """One data source over one read-only connection; results carry no values of rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, site: Path, run_name: str) -> None:
        import great_expectations as gx
        from sqlalchemy.pool import StaticPool

        self._gx = gx
        self._connection = connection
        self._lent = [connection]
        self._run_name = run_name
        self._context = gx.get_context(mode="ephemeral", project_config=_project(site))
        self._source = self._context.data_sources.add_sql(
            "build",
            connection_string="duckdb:///:memory:",
            create_temp_table=False,
            kwargs={"poolclass": StaticPool, "creator": _creator(self._lent)},
        )

    def inspect(
        self, name: str, query: str, expectations: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Check ``expectations`` over ``query``; return a finding for each that is not met.

        A finding has the fields of ``quality.Failure`` but the suite.
        """
        batch = self._source.add_query_asset(name=name, query=query).add_batch_definition("all")
        suite = self._context.suites.add(
            self._gx.ExpectationSuite(name=name, expectations=[_described(e) for e in expectations])
        )
        definition = self._context.validation_definitions.add(
            self._gx.ValidationDefinition(name=name, data=batch, suite=suite)
        )
        run = self._gx.RunIdentifier(run_name=self._run_name)
        answers = definition.run(result_format="BOOLEAN_ONLY", run_id=run).results
        if len(answers) != len(expectations):
            raise RuntimeError(f"{name}: {len(expectations)} expectations, {len(answers)} answers")
        asked = {item["meta"]["id"]: item for item in expectations}
        return [
            self._finding(answer, asked[answer.expectation_config.meta["id"]], batch, query)
            for answer in answers
            if not answer.success
        ]

    def close(self) -> None:
        """Let go of the connection, which Great Expectations would keep until the process ends."""
        self._source.get_engine().dispose()
        self._lent.clear()
        del self._connection

    def write_docs(self) -> None:
        """Write the Data Docs of everything inspected."""
        self._context.build_data_docs()

    def _finding(
        self, answer: Any, asked: dict[str, Any], batch: Any, query: str
    ) -> dict[str, Any]:
        """Return what was observed, by asking once more for counts only."""
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )

        config = ExpectationConfiguration(**asked)
        finding: dict[str, Any] = {
            "expectation": config.meta["id"],
            "column": _column(config.kwargs),
            "observed": "",
            "allowed": _allowed(config),
            "reason": config.meta["id_ID"],
        }
        trouble = _trouble(answer.exception_info)
        if trouble:
            return finding | {"observed": trouble, "is_broken": True}
        if config.type == "unexpected_rows_expectation":
            return finding | {"observed": self._counter_example(config, query)}
        again = batch.get_batch().validate(
            config.to_domain_obj(),
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": 0,
                "include_unexpected_rows": False,
            },
        )
        return finding | {"observed": _observed(again.result)}

    def _counter_example(self, config: Any, query: str) -> str:
        """Return the first row that a query of aggregates found, with its column names."""
        statement = config.kwargs["unexpected_rows_query"].replace("{batch}", f"({query})")
        found = self._connection.execute(statement)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
        first = ", ".join(f"{n} = {v}" for n, v in zip(names, rows[0], strict=True)) if rows else ""
        return first if len(rows) == 1 else f"{len(rows)} rows, first: {first}"


@contextmanager
def open_inspector(
    connection: duckdb.DuckDBPyConnection, docs: Path, period: str, stage: str
) -> Iterator[Inspector]:
    """Give an inspector; its docs are written to ``docs/<period>/<stage>`` whatever happens."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    shutil.rmtree(docs / period / stage, ignore_errors=True)
    inspector = Inspector(connection, docs / period / stage, period)
    try:
        yield inspector
    finally:
        inspector.write_docs()
        inspector.close()
        write_index(docs)


def write_index(docs: Path) -> None:
    """Write ``docs/index.html``: the months and gates that were inspected, the newest first."""
    rows = "\n".join(
        f'<li><a href="{html.escape(place)}/index.html">{html.escape(place)}</a></li>'
        for place in sorted(
            (str(p.parent.relative_to(docs)) for p in docs.glob("*/*/index.html")), reverse=True
        )
    )
    docs.mkdir(parents=True, exist_ok=True)
    (docs / "index.html").write_text(
        '<!doctype html>\n<html lang="id"><head><meta charset="utf-8">'
        "<title>Pemeriksaan mutu data</title></head>\n"
        "<body><h1>Pemeriksaan mutu data</h1>\n"
        "<p>Menurut periode dan tahap: <b>datasets</b> setelah penerimaan berkas,"
        " <b>marts</b> sebelum penerbitan.</p>\n"
        f"<ul>\n{rows}\n</ul></body></html>\n",
        encoding="utf-8",
    )


def _project(site: Path) -> Any:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
        data_docs_sites={
            "local": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(site),
                },
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        },
    )


def _creator(lent: list[duckdb.DuckDBPyConnection]) -> Any:
    """Return what SQLAlchemy calls for a connection: ours, in autocommit.

    Great Expectations fetches rows after its connection went back to the pool; the rollback on
    return would throw the result away.
    """
    import duckdb_engine

    class Autocommit(duckdb_engine.ConnectionWrapper):  # type: ignore[misc]
        def begin(self) -> None:
            """Do nothing."""

        def commit(self) -> None:
            """Do nothing."""

        def rollback(self) -> None:
            """Do nothing."""

        def close(self) -> None:
            """Do nothing: whoever opened the connection closes it."""

    return lambda: Autocommit(lent[0])


def _described(expectation: dict[str, Any]) -> dict[str, Any]:
    """Return an expectation with its reason, and uniqueness of keys as a query that scales.

    Great Expectations joins every row to its group. To group by a hash of eight bytes, and by the
    keys only what is repeated, takes a fraction of that.
    """
    described = {**expectation, "description": expectation["meta"]["id_ID"]}
    if expectation["type"] != "expect_compound_columns_to_be_unique":
        return described
    keys = ", ".join(expectation["kwargs"]["column_list"])
    query = (
        "select count(*) as repeated_keys from (select 1 from {batch} where"
        f" hash({keys}) in (select hash({keys}) from {{batch}} group by 1 having count(*) > 1)"
        f" group by {keys} having count(*) > 1) having count(*) > 0"
    )
    kwargs = {"unexpected_rows_query": query}
    return described | {"type": "unexpected_rows_expectation", "kwargs": kwargs}


def _column(kwargs: dict[str, Any]) -> str | None:
    pair = [kwargs[name] for name in ("column_A", "column_B") if name in kwargs]
    columns = kwargs.get("column_list") or kwargs.get("column_set") or pair
    return kwargs.get("column") or ", ".join(columns) or None


def _allowed(config: Any) -> str:
    kwargs = config.kwargs
    if config.type == "unexpected_rows_expectation":
        return str(config.meta.get("allowed", "no such row"))
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None or high is not None:
        bound = f"{_number(low)} to {_number(high)}"
    elif "value_set" in kwargs:
        bound = f"one of {', '.join(map(str, kwargs['value_set']))}"
    else:
        bound = config.type.removeprefix("expect_").replace("_", " ")
    share = kwargs.get("mostly")
    return f"{bound} in at least {share:.2%} of rows" if share is not None else bound


def _number(bound: float | None) -> str:
    if bound is None:
        return "…"
    return f"{bound:.0f}" if float(bound).is_integer() else f"{bound:g}"


def _observed(result: dict[str, Any]) -> str:
    if "element_count" in result:
        percent = result.get("unexpected_percent") or 0.0
        return (
            f"{result['unexpected_count']} of {result['element_count']} rows outside"
            f" ({percent:.2f} %)"
        )
    if result.get("observed_value") is None and "missing_count" in result:
        return (
            f"{result['missing_count']} values missing, {result['unexpected_count']} not expected"
        )
    return str(result.get("observed_value"))


def _trouble(info: dict[str, Any] | None) -> str:
    """Return the message of the exception that a check met, if any."""
    if not info:
        return ""
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return " ".join(str(entry.get("exception_message")).split())[:500]
    return ""
