"""Every query of every suite can be asked of a built month, also those that wait for many rows."""

import re

import duckdb
import pytest
from e2e_home import PROJECT, Month

from asn_warehouse import quality

pytestmark = pytest.mark.slow


def test_every_query_and_every_column_of_a_suite_exists_in_a_built_month(month: Month) -> None:
    """A small month does not ask what has ``from_rows``: a slip there would stop a national one."""
    assert month.result.context is not None
    broken, asked = {}, 0
    with duckdb.connect(str(month.result.context.database), read_only=True) as connection:
        for suite in quality.read_suites(PROJECT / "expectations"):
            sources = {batch.name: f"({batch.query})" for batch in suite.batches}
            for item in suite.expectations:
                source = sources[item["meta"]["batch"]]
                kwargs = item["kwargs"]
                query = kwargs.get("unexpected_rows_query", "select * from {batch}")
                columns = kwargs.get(
                    "column_list", [kwargs["column"]] if "column" in kwargs else []
                )
                if columns:
                    query = f"select {', '.join(columns)} from {{batch}}"
                try:
                    connection.execute(f"explain {query.format(batch=source)}")
                except duckdb.Error as error:
                    broken[item["meta"]["id"]] = str(error).splitlines()[0]
                asked += 1
    assert broken == {}
    assert asked > 300


def test_a_grain_test_finds_every_key_that_stands_twice(month: Month) -> None:
    """The macro asks for repeated hashes first: what it passes over would be published twice."""
    assert month.result.context is not None
    asked = 0
    with duckdb.connect(str(month.result.context.database), read_only=True) as connection:
        for path in month.result.context.target_dir.glob("compiled/**/grain_is_unique_*.sql"):
            query = path.read_text("utf-8")
            (relation,) = set(re.findall(r'from ("\w+"\."\w+"\."\w+")', query))
            rows = connection.execute(f"select count(*) from {relation}").fetchall()[0][0]
            twice = f"(from {relation} union all from {relation})"
            found = connection.execute(query.replace(relation, twice)).fetchall()
            assert connection.execute(query).fetchall() == []
            assert len(found) == rows, path.name
            asked += rows > 0
    assert asked > 40
