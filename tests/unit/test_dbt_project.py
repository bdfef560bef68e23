"""Rules that every model, mart and rule row of the dbt project keeps, read from its manifest."""

import csv
import itertools
import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import DBT_DIR, data_tests_of, layer

from asn_warehouse.contracts import datasets
from asn_warehouse.settings import get_settings

RULE_SEEDS = sorted((DBT_DIR / "seeds" / "rules").glob("*.csv"))
CODE_SEEDS = sorted((DBT_DIR / "seeds" / "codes").glob("code_*.csv"))
MARKS = {"C", "C2", "M", "D"}
SCHEMAS = {"staging", "core", "marts", "rules", "codes"}

# The submission topic describes the submissions themselves, which core does not repeat.
MAY_READ_STAGING = {"submission"}

# Which submission counts is a question of every layer.
READ_BY_EVERY_LAYER = {"int_submission__counting"}

# What makes two rows of a rule table versions of the same rule, beside its rule_set.
RULE_ITEM = {
    "rule_action": ("code",),
    "rule_band": ("code",),
    "rule_matrix": ("row_code", "column_code"),
    "rule_parameter": ("name",),
    "rule_required_level": ("position_level",),
    "rule_score": ("code",),
    "rule_talent_threshold": ("agency_code", "axis"),
    "rule_weight": ("axis", "component"),
}


def read_seed(path: Path) -> list[dict[str, str]]:
    """Rows of a seed file, as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seed(name: str) -> list[dict[str, str]]:
    """Rows of the seed with this name."""
    (path,) = (DBT_DIR / "seeds").glob(f"*/{name}.csv")
    return read_seed(path)


def in_force(rows: list[dict[str, str]], day: str) -> list[dict[str, str]]:
    """Rule rows in force on a day (ISO text)."""
    return [
        r for r in rows if r["valid_from"] <= day and (not r["valid_to"] or day <= r["valid_to"])
    ]


def days_of_change(rows: list[dict[str, str]]) -> list[str]:
    """First days on which a set of rule rows changes."""
    return sorted({r["valid_from"] for r in rows})


def test_every_dataset_of_the_contracts_has_its_source_staging_model_and_list_row(
    manifest: Any, models: dict[str, Any]
) -> None:
    known = datasets(get_settings())
    lake = {source.name for source in manifest.sources.values() if source.source_name == "lake"}
    assert lake == {*known, "submission"}
    assert {f"stg_{name}" for name in known} <= set(models)
    listed = {row["code"]: (row["kind"], row["family"]) for row in seed("code_dataset")}
    assert listed == {name: (d.nature, d.family) for name, d in known.items()}


def test_staging_translates_every_column_of_the_lake(models: dict[str, Any]) -> None:
    """A column of a contract that staging forgets would be asked of agencies for nothing."""
    for name, dataset in datasets(get_settings()).items():
        sql = models[f"stg_{name}"].raw_code
        own = set(dataset.lake_columns) - {"warnings"}
        assert own == set(re.findall(r"\bsource\.(\w+)", sql)) - {"period"}, name


def test_schemas_carry_exactly_their_names(manifest: Any) -> None:
    built = [n for n in manifest.nodes.values() if n.resource_type in ("model", "seed")]
    assert {n.schema for n in built} == SCHEMAS


def test_every_model_has_a_yml_of_its_name_that_begins_with_the_grain(
    models: dict[str, Any],
) -> None:
    wrong = [
        name
        for name, node in models.items()
        if not node.patch_path
        or Path(node.patch_path).stem != name
        or not node.description.startswith("Grain: ")
    ]
    assert wrong == []


def test_every_seed_has_a_description_and_types_for_all_columns(manifest: Any) -> None:
    wrong = []
    for node in manifest.nodes.values():
        if node.resource_type != "seed":
            continue
        header = (DBT_DIR / node.original_file_path).read_text(encoding="utf-8").split("\n", 1)[0]
        if not node.description or set(node.config.column_types) != set(header.split(",")):
            wrong.append(node.name)
    assert wrong == []


def test_every_mart_enforces_its_contract(marts: dict[str, Any]) -> None:
    assert [name for name, node in marts.items() if not node.config.contract.enforced] == []


def test_every_mart_says_its_name_its_columns_and_who_may_read_it(marts: dict[str, Any]) -> None:
    wrong = []
    for name, node in marts.items():
        meta = node.config.meta
        if not meta.get("label_id") or not isinstance(meta.get("restricted"), bool):
            wrong.append(name)
        for column in node.columns.values():
            labelled = column.meta.get("label_id") or column.config.meta.get("label_id")
            if not column.description or not labelled:
                wrong.append(f"{name}.{column.name}")
    assert wrong == []


def test_person_level_marts_are_restricted_and_no_other(marts: dict[str, Any]) -> None:
    for name, node in marts.items():
        assert node.config.meta["restricted"] == ("person_key" in node.columns), name


def test_every_mart_has_a_period(marts: dict[str, Any]) -> None:
    assert [n for n, node in marts.items() if node.columns["period"].data_type != "date"] == []


def test_every_mart_tests_that_its_grain_is_unique(manifest: Any, marts: dict[str, Any]) -> None:
    wrong = [
        name
        for name, node in marts.items()
        if not any(
            t.test_metadata and t.test_metadata.name == "grain_is_unique"
            for t in data_tests_of(manifest, node)
        )
    ]
    assert wrong == []


class OneOfEach(yaml.CSafeLoader):
    """Reads YAML in which no key may occur twice."""


def _once(loader: yaml.CSafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"{sorted(map(str, keys))} {node.start_mark}"
    return {
        key: loader.construct_object(value, deep=True)
        for key, (_, value) in zip(keys, node.value, strict=True)
    }


OneOfEach.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)


def test_no_yml_says_a_thing_twice() -> None:
    """YAML takes the last of two equal keys, and nobody sees that there were two."""
    files = list(DBT_DIR.glob("**/*.yml"))
    assert len(files) > 100
    for path in files:
        with path.open(encoding="utf-8") as file:
            yaml.load(file, OneOfEach)


def test_layers_read_only_what_they_may(manifest: Any, models: dict[str, Any]) -> None:
    wrong = []
    for name, node in models.items():
        for parent_id in node.depends_on.nodes:
            kind = parent_id.split(".", 1)[0]
            if kind == "seed":
                continue
            if kind == "source":
                allowed = layer(node) == "staging"
            else:
                parent = manifest.nodes[parent_id]
                allowed = may_read(node, parent)
            if not allowed:
                wrong.append(f"{name} reads {parent_id}")
    assert wrong == []


def may_read(node: Any, parent: Any) -> bool:
    """Whether a model may read another: its own layer or the one below, a mart its own topic."""
    if parent.name in READ_BY_EVERY_LAYER:
        return True
    mine, theirs = layer(node), layer(parent)
    if mine == "marts":
        if theirs == "marts":
            return bool(node.fqn[2] == parent.fqn[2]) or parent.schema == "marts"
        return theirs == "core" or (theirs == "staging" and node.fqn[2] in MAY_READ_STAGING)
    return (mine, theirs) in {("staging", "staging"), ("core", "staging"), ("core", "core")}


def test_no_model_and_no_yml_is_too_long() -> None:
    files = [(p, 150) for p in DBT_DIR.glob("models/**/*.sql")]
    files += [(p, 300) for p in DBT_DIR.glob("models/**/*.yml")]
    assert len(files) > 80
    long = {p.name: n for p, most in files if (n := p.read_text("utf-8").count("\n")) > most}
    assert long == {}


def test_no_model_is_written_for_one_engine() -> None:
    forbidden = re.compile(
        r"\b(qualify|list_\w+|struct_pack|unnest|arg_max|arg_min|string_agg|strptime|strftime"
        r"|regexp_\w+|try_cast|to_char|distinct on)\b",
        re.IGNORECASE,
    )
    found = {
        path.name: match.group()
        for path in DBT_DIR.glob("models/**/*.sql")
        if (match := forbidden.search(re.sub(r"--.*|\{#.*?#\}", "", path.read_text("utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize("path", RULE_SEEDS, ids=lambda p: p.stem)
def test_every_rule_row_has_id_source_mark_and_a_note(path: Path) -> None:
    rows = read_seed(path)
    assert rows
    for row in rows:
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-zA-Z0-9_]+)+", row["rule_id"]), row["rule_id"]
        assert row["source"] and row["note_id"] and row["mark"] in MARKS, row["rule_id"]
        starts = date.fromisoformat(row["valid_from"])
        assert not row["valid_to"] or date.fromisoformat(row["valid_to"]) >= starts, row["rule_id"]


def test_no_rule_id_occurs_twice() -> None:
    ids = [row["rule_id"] for path in RULE_SEEDS for row in read_seed(path)]
    assert len(ids) > 100
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("path", RULE_SEEDS, ids=lambda p: p.stem)
def test_versions_of_a_rule_never_overlap(path: Path) -> None:
    versions = defaultdict(list)
    for row in read_seed(path):
        item = (row["rule_set"], *(row[column] for column in RULE_ITEM[path.stem]))
        versions[item].append((row["valid_from"], row["valid_to"] or "9999-12-31", row["rule_id"]))
    for rows in versions.values():
        for earlier, later in itertools.pairwise(sorted(rows)):
            assert earlier[1] < later[0], f"{earlier[2]} overlaps {later[2]}"


def test_bands_of_a_set_leave_no_hole_and_never_overlap() -> None:
    sets = defaultdict(list)
    for row in seed("rule_band"):
        sets[row["rule_set"]].append(row)
    for name, rows in sets.items():
        for day in days_of_change(rows):
            bands = sorted(in_force(rows, day), key=lambda r: float(r["lower_bound"] or "-inf"))
            assert bands[0]["lower_bound"] == "" and bands[-1]["upper_bound"] == "", name
            for lower, upper in itertools.pairwise(bands):
                assert lower["upper_bound"] == upper["lower_bound"], (name, day)
            assert len({band["is_lower_inclusive"] for band in bands}) == 1, name


def test_weights_of_an_axis_add_up_to_100() -> None:
    axes = defaultdict(list)
    for row in seed("rule_weight"):
        axes[row["rule_set"], row["axis"]].append(row)
    for axis, rows in axes.items():
        for day in days_of_change(rows):
            assert sum(float(r["weight"]) for r in in_force(rows, day)) == 100, (axis, day)


def test_performance_matrix_gives_every_pair_of_ratings_its_predicate() -> None:
    cells = {
        (r["row_code"], r["column_code"]): r["result_code"]
        for r in seed("rule_matrix")
        if r["rule_set"] == "performance_quadrant"
    }
    assert cells == {
        ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "4",
        ("2", "1"): "2", ("2", "2"): "2", ("2", "3"): "4",
        ("3", "1"): "3", ("3", "2"): "3", ("3", "3"): "5",
    }  # fmt: skip


def test_nine_boxes_follow_from_both_categories() -> None:
    cells = {
        (r["row_code"], r["column_code"]): int(r["result_code"])
        for r in seed("rule_matrix")
        if r["rule_set"] == "talent_box"
    }
    order = ("low", "medium", "high")
    assert [cells["above", c] for c in order] == [4, 7, 9]
    assert [cells["meets", c] for c in order] == [2, 5, 8]
    assert [cells["below", c] for c in order] == [1, 3, 6]
    assert {r["code"] for r in seed("rule_action")} == {str(box) for box in range(1, 10)}


def test_every_code_a_rule_names_is_in_its_list() -> None:
    codes = {path.stem: {r["code"] for r in read_seed(path)} for path in CODE_SEEDS}
    levels = {r["position_level"] for r in seed("rule_required_level")}
    assert levels == codes["code_position_level"]
    scored = {r["code"] for r in seed("rule_score") if r["rule_set"] == "talent_education"}
    assert scored == codes["code_education_level"]
    purposes = {r["row_code"] for r in seed("rule_matrix") if r["rule_set"] == "jpm_category_set"}
    assert purposes == codes["code_assessment_purpose"]
    echelons = {r["position_level"] for r in seed("code_echelon")} - {""}
    assert echelons <= codes["code_position_level"]


@pytest.mark.parametrize("path", CODE_SEEDS, ids=lambda p: p.stem)
def test_codes_are_unique_and_labelled_in_both_languages(path: Path) -> None:
    rows = read_seed(path)
    assert rows and list(rows[0])[:3] == ["code", "label_id", "label_en"]
    assert len({row["code"] for row in rows}) == len(rows)
    assert all(row["label_id"].strip() and row["label_en"].strip() for row in rows)


def test_statutory_competencies_are_eight_managerial_and_one_sociocultural() -> None:
    rows = [r for r in seed("code_competency") if r["is_statutory"] == "true"]
    assert [r["code"] for r in rows] == [*(f"M.0{n}" for n in range(1, 9)), "SK.01"]
    assert [r["family"] for r in rows] == ["managerial"] * 8 + ["sociocultural"]


def test_t_quantiles_match_the_printed_table_and_fall() -> None:
    table = [(int(r["df"]), float(r["t_975"])) for r in seed("stat_t_quantile")]
    values = dict(table)
    printed = {1: 12.706, 2: 4.303, 5: 2.571, 9: 2.262, 19: 2.093, 29: 2.045, 60: 2.000, 120: 1.980}
    for df, value in printed.items():
        assert values[df] == pytest.approx(value, abs=0.0006)
    assert set(range(1, 201)) <= set(values)
    assert all(a[1] > b[1] for a, b in itertools.pairwise(table))
    assert table[-1][1] == pytest.approx(1.959963984540054, abs=1e-15)
