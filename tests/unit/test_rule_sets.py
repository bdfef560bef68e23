"""Every published column names the rules it rests on, all of them, and no other."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from asn_warehouse import lineage, rules
from asn_warehouse.lineage import Column, Lineage, Node
from asn_warehouse.settings import PROJECT_DIR, get_settings

Use = tuple[str, str]
"""A rule set, and the one item of it that a model reads; empty for all of it."""

BY_MACRO = re.compile(r"rule_(?:value|integer)\('(\w+)', '(\w+)'\)")
BY_NAME = re.compile(r"rule_set\s*=\s*'(\w+)'")
BY_LIST = re.compile(r"rule_set in \(([^)]*)\)")
BY_BAND = re.compile(r"\"'(\w+)'\"\s*,\s*'\w+'\s*\)")

NOT_IN_A_NUMBER = {
    "lake_months": "how far back files of the lake are opened: further than any rule of use looks",
    "agency_report": "how many agencies make a peer group in reports; no published figure",
    "agency_size": "which agencies reports compare with one another; no published figure",
    "month_change": "when a gate warns and names agencies; no figure depends on it",
}


@pytest.fixture(scope="module")
def known(manifest: Any) -> Lineage:
    """The lineage of the project."""
    return lineage.from_manifest(manifest.writable_manifest().to_dict(omit_none=False))


@pytest.fixture(scope="module")
def sets_of_seeds() -> dict[str, set[str]]:
    """Rule sets of each rule seed."""
    folder = PROJECT_DIR / "dbt_project" / "seeds" / "rules"
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = {row["rule_set"] for row in csv.DictReader(file)}
    assert sum(map(len, found.values())) > 40
    return found


@pytest.fixture(scope="module")
def uses(manifest: Any, sets_of_seeds: dict[str, set[str]]) -> dict[str, set[Use]]:
    """What rules each model reads, from its SQL and that of the macros it calls."""
    found = {}
    for node in manifest.nodes.values():
        if node.resource_type != "model" or node.name == "dim_rule":
            continue
        seeds = {name.rsplit(".", 1)[1] for name in node.depends_on.nodes} & set(sets_of_seeds)
        read = set(in_sql("\n".join([node.raw_code, *macros_of(manifest, node)])))
        read |= {(name, "") for name in node.config.meta.get("rule_sets", ())}
        for seed in seeds:
            own = sets_of_seeds[seed]
            if not {name for name, _ in read} & own:
                assert len(own) == 1, f"{node.name}: meta.rule_sets must say what it has of {seed}"
                read |= {(name, "") for name in own}
        assert bool(read) == bool(seeds), node.name
        found[node.name] = read
    assert sum(map(bool, found.values())) > 40
    return found


def macros_of(manifest: Any, node: Any) -> Iterator[str]:
    """Yield the text of every macro of the project that a model calls, directly or not."""
    waiting, seen = list(node.depends_on.macros), set()
    while waiting:
        name = waiting.pop()
        if name in seen or not name.startswith("macro.asn_warehouse."):
            continue
        seen.add(name)
        macro = manifest.macros[name]
        waiting += macro.depends_on.macros
        yield macro.macro_sql


def in_sql(text: str) -> Iterator[Use]:
    """Yield the rules that a text reads by name."""
    yield from BY_MACRO.findall(text)
    for pattern in (BY_NAME, BY_BAND):
        yield from ((name, "") for name in pattern.findall(text))
    for listed in BY_LIST.findall(text):
        yield from ((name, "") for name in re.findall(r"'(\w+)'", listed))


def columns_of(mart: Node) -> Iterator[tuple[Column, str]]:
    """Yield every rule entry of every column."""
    for column in mart.columns.values():
        yield from ((column, entry) for entry in column.rule_sets)


def test_every_rule_set_that_a_column_names_has_rules(known: Lineage) -> None:
    rows = rules.of_project(get_settings())
    named = [
        (f"{mart.name}.{column.name}", entry)
        for mart in known.marts.values()
        for column, entry in columns_of(mart)
    ]
    assert len(named) > 300
    assert [
        (place, entry) for place, entry in named if not any(rule.belongs_to(entry) for rule in rows)
    ] == []


def test_every_rule_that_a_model_reads_is_named_by_a_column_made_of_it(
    known: Lineage, uses: dict[str, set[Use]]
) -> None:
    named = defaultdict(set)
    for mart in known.marts.values():
        entries = {entry for _, entry in columns_of(mart)}
        for node in known.upstream(mart.name):
            named[node.name] |= entries
    lacking = [
        (model, *use)
        for model, read in uses.items()
        for use in read
        if not any(
            entry.split(".")[0] == use[0] and (not use[1] or entry in (use[0], ".".join(use)))
            for entry in named[model]
        )
    ]
    assert lacking == []


def test_no_column_names_a_rule_set_that_its_mart_is_not_made_of(
    known: Lineage, uses: dict[str, set[Use]]
) -> None:
    wrong = []
    for mart in known.marts.values():
        read = {name for node in known.upstream(mart.name) for name, _ in uses.get(node.name, ())}
        wrong += [
            f"{mart.name}.{column.name}: {entry}"
            for column, entry in columns_of(mart)
            if entry.split(".")[0] not in read
        ]
    assert wrong == []


def test_every_rule_set_reaches_a_column_or_a_stated_end(
    known: Lineage, sets_of_seeds: dict[str, set[str]]
) -> None:
    named = {entry.split(".")[0] for mart in known.marts.values() for _, entry in columns_of(mart)}
    assert set().union(*sets_of_seeds.values()) - named == set(NOT_IN_A_NUMBER)


def test_every_rule_seed_is_in_dim_rule(known: Lineage, sets_of_seeds: dict[str, set[str]]) -> None:
    assert set(known.nodes["dim_rule"].parents) == set(sets_of_seeds)


def test_a_lineage_is_the_same_after_it_was_kept(known: Lineage) -> None:
    kept = known.to_json()
    assert Lineage.from_json(kept) == known
    assert json.loads(kept) and Lineage.from_json(kept).to_json() == kept
