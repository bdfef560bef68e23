"""What readers ask: the queries of the dashboards in bi/superset, and the questions of docs/bi.md.

Read from the files that Superset imports, so that a changed dashboard changes the queries. They are
those that Superset writes, with the choices of a dashboard as it opens: the latest month, and one
agency where an agency is to be chosen.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PROJECT = Path(__file__).parents[1]
ASSETS = PROJECT / "bi" / "superset" / "assets"
_MOST_CHOICES = 1000
_COMPARES = {"==": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<="}

Asset = dict[str, Any]


class Query(NamedTuple):
    """A query of PostgreSQL: its name, and the schema it reads."""

    name: str
    schema: str
    sql: str


def of_dashboards(chosen: dict[str, str]) -> list[Query]:
    """Return what every dashboard asks when it is opened: its filters' choices, then its charts.

    Args:
        chosen: by column what is chosen in the filters of a dashboard: a name, a month's first day.

    Raises:
        ValueError: when a chart has a filter or a kind that this does not know.
        KeyError: when a chart names what its dataset has not, or nothing is chosen for a filter.
    """
    boards = sorted((ASSETS / "dashboards").glob("*.yaml"))
    return [query for path in boards for query in _of_dashboard(_loaded(path), chosen)]


def of_guide() -> list[Query]:
    """Return the worked questions of docs/bi.md."""
    found = re.findall(
        r"^### (\d+)\.[^\n]*\n.*?^```sql\n(.*?)^```",
        (PROJECT / "docs" / "bi.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    return [Query(f"bi.md {number}", "safe", query.strip()) for number, query in found]


def _loaded(path: Path) -> Asset:
    asset: Asset = yaml.safe_load(path.read_text("utf-8"))
    return asset


@cache
def _by_uuid(kind: str) -> dict[str, Asset]:
    paths = sorted((ASSETS / kind).rglob("*.yaml"))
    return {
        asset["uuid"]: asset | {"file": path.stem} for path in paths for asset in [_loaded(path)]
    }


def _of_dashboard(board: Asset, chosen: dict[str, str]) -> Iterator[Query]:
    choices = board["metadata"]["native_filter_configuration"]
    for choice in choices:
        (target,) = choice["targets"]
        dataset = _Dataset(_by_uuid("datasets")[target["datasetUuid"]])
        column = dataset.column(target["column"]["name"])
        end = "asc" if choice["controlValues"]["sortAscending"] else "desc"
        yield Query(
            choice["id"],
            dataset.schema,
            f"select {column} from {dataset.source}"
            f" group by 1 order by 1 {end} limit {_MOST_CHOICES}",
        )
    for part in board["position"].values():
        if not isinstance(part, dict) or part["type"] != "CHART":
            continue
        chart = _by_uuid("charts")[part["meta"]["uuid"]]
        dataset = _Dataset(_by_uuid("datasets")[chart["dataset_uuid"]])
        named = [
            choice["targets"][0]["column"]["name"]
            for choice in choices
            if part["meta"]["chartId"] not in choice["scope"]["excluded"]
        ]
        filters = [{"subject": n, "operator": "IN", "comparator": [chosen[n]]} for n in named]
        yield Query(chart["file"], dataset.schema, dataset.query(chart["params"], filters))


class _Dataset:
    """A dataset of Superset: what its columns and metrics are in SQL."""

    def __init__(self, asset: Asset) -> None:
        self.schema: str = asset["schema"]
        table = f"{asset['schema']}.{asset['table_name']}"
        self.source = f"({asset['sql']}) as virtual_table" if asset["sql"] else table
        self._columns = {
            one["column_name"]: one["expression"] or one["column_name"] for one in asset["columns"]
        }
        self._dates = {one["column_name"] for one in asset["columns"] if one["type"] == "DATE"}
        self._metrics = {one["metric_name"]: one["expression"] for one in asset["metrics"]}

    def column(self, name: str) -> str:
        """Return a column and its name."""
        return f"{self._columns[name]} as {name}"

    def query(self, params: Asset, filters: list[Asset]) -> str:
        """Return the query of a chart under the filters of its dashboard."""
        columns, metrics, order = _asked(params)
        said = [*map(self.column, columns), *(f"{self._metrics[m]} as {m}" for m in metrics)]
        lines = [f"select {', '.join(said)}", f"from {self.source}"]
        if where := [self._condition(one) for one in (*params["adhoc_filters"], *filters)]:
            lines.append(f"where {' and '.join(where)}")
        if columns and metrics:
            lines.append(f"group by {', '.join(map(str, range(1, len(columns) + 1)))}")
        if order:
            ends = {True: "asc", False: "desc"}
            lines.append(f"order by {', '.join(f'{n} {ends[rises]}' for n, rises in order)}")
        if "row_limit" in params:
            lines.append(f"limit {params['row_limit']}")
        return "\n".join(lines)

    def _condition(self, one: Asset) -> str:
        column, operator = self._columns[one["subject"]], one["operator"]
        if operator in ("IS NULL", "IS NOT NULL"):
            return f"({column}) {operator.lower()}"
        if operator in ("IN", "NOT IN"):
            as_sql = _day if one["subject"] in self._dates else _literal
            return f"({column}) {operator.lower()} ({', '.join(map(as_sql, one['comparator']))})"
        if operator in _COMPARES:
            return f"({column}) {_COMPARES[operator]} {_literal(one['comparator'])}"
        raise ValueError(f"a filter {operator} is not known here")


def _asked(params: Asset) -> tuple[list[str], list[str], list[tuple[str, bool]]]:
    """Return the columns and metrics of a chart, and by what its rows are ordered, and whether up.

    Raises:
        ValueError: when it is of a kind that this does not know.
    """
    kind = params["viz_type"]
    if kind == "big_number_total":
        return [], [params["metric"]], []
    if kind == "heatmap_v2":
        columns = [params["x_axis"], params["groupby"]]
        sorts = [params["sort_x_axis"], params["sort_y_axis"]]
        if set(sorts) <= {"alpha_asc", "alpha_desc"}:
            rising = [sort == "alpha_asc" for sort in sorts]
            return columns, [params["metric"]], list(zip(columns, rising, strict=True))
    if kind in ("echarts_timeseries_bar", "echarts_timeseries_line"):
        metrics = params["metrics"]
        falls = params.get("order_desc", True)
        return [params["x_axis"], *params["groupby"]], metrics, [(metrics[0], not falls)]
    if kind == "table" and params["query_mode"] == "raw":
        order = [tuple(json.loads(one)) for one in params["order_by_cols"]]
        return params["all_columns"], [], order
    raise ValueError(f"a chart {kind} of this kind is not known here")


def _day(value: object) -> str:
    """Return a date as ``superset_config.py`` has it written."""
    return f"DATE {_literal(value)}"


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
