"""Every unit test of the dbt project runs and passes."""

import dataclasses
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from e2e_home import PROJECT, Month

from asn_warehouse import build, dbt_process
from asn_warehouse.dbt_results import read_manifest, read_outcome


def written() -> list[str]:
    """Return the names of the unit tests as the project's files have them."""
    return [
        test["name"]
        for path in sorted((PROJECT / "dbt_project" / "models").rglob("*.yml"))
        for test in (yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests", [])
    ]


@pytest.mark.slow
def test_every_unit_test_of_the_project_runs_and_passes(
    month: Month, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = month.result.context
    assert made is not None
    database = shutil.copy2(made.database, tmp_path / "build.duckdb")
    context = dataclasses.replace(made, database=database, target_dir=tmp_path / "target")
    arguments = build._arguments(context)
    with dbt_process._environment(database):
        result = dbt_process._invoke(["test", "--select", "test_type:unit", *arguments], None)
    assert result.exception is None, result.exception
    outcome = read_outcome(context.target_dir)
    ran = {n: status for n, status in outcome.statuses.items() if n.startswith("unit_test.")}
    assert {n: outcome.messages.get(n) for n, status in ran.items() if status != "pass"} == {}
    known = read_manifest(context.target_dir)["unit_tests"]
    assert set(ran) == set(known)
    assert Counter(test["name"] for test in known.values()) == Counter(written())
    assert len(ran) > 50
    with capsys.disabled():
        sys.stdout.write(f"\ndbt: {len(known)} unit tests in {outcome.seconds:.0f} s\n")
