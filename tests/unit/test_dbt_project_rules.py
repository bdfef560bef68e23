"""The rules of dbt's project evaluator, judged on the manifest, one test for each.

Not judged: the freshness of sources. Whether a month is complete is a question to the calendar of
submissions, which `submission_scorecard` answers; the lake has no load of its own to be late.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from project import DBT_DIR, data_tests_of, layer, meta_of

MOST_LEAVES = 3
MOST_PARENTS = 6
MOST_VIEWS_IN_A_CHAIN = 3
PREFIXES = {
    "staging": r"stg_[a-z_]+|int_[a-z]+__[a-z_]+",
    "core": r"(dim|fct)_[a-z_]+|int_[a-z]+__[a-z_]+",
    "marts": r"(?!stg_|dim_|fct_)[a-z_]+|int_[a-z_]+__[a-z_]+",
}
EVENTS = {
    "stg_hukuman_disiplin", "stg_kinerja", "stg_penilaian_kompetensi", "stg_peserta_pelatihan",
    "stg_potensi", "stg_program_pelatihan", "stg_rekam_jejak", "stg_riwayat_jabatan",
    "stg_seleksi", "stg_survei_kepuasan_kerja", "stg_survei_kepuasan_masyarakat",
    "stg_survei_pelatihan",
}  # fmt: skip
SENT_AGAIN = "holds what was sent, however often; admission checks the key, the fact its grain"

# Rule, then what may break it, and why. An exception that is no longer needed fails as well.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "leaves": {
        "dim_agency": "every mart names its agencies",
    },
    "parents": {
        "int_orphan__place": "one branch for each dataset that names a place",
        "int_orphan__rows": "one branch for each dataset that names something",
        "int_program__evidence": "one join for each level of evaluation",
        "int_talent__component": "one branch for each component of the talent scores",
    },
    "rejoined": {
        "int_program__need → int_program__priority → training_need":
            "a rank among an agency's needs is tested apart from the needs",
    },
    "roots": {
        "dim_date": "a calendar is made, not read",
        "publication_diff": "filled when a month is published, from two publications (ADR 9)",
    },
    "primary keys": {
        **dict.fromkeys(EVENTS, SENT_AGAIN),
        "int_orphan__place": "rows of files, of which two may be equal; their number is counted",
    },
    "columns": {
        "int_program__evidence": "they are those of program_effectiveness, described there",
    },
    "data tests": dict.fromkeys(EVENTS, SENT_AGAIN),
}  # fmt: skip


@pytest.fixture(scope="module")
def graph(manifest: Any) -> "Graph":
    """Who reads whom."""
    found = Graph(manifest)
    assert len(found.models) > 100 and len(found.sources) > 15
    return found


class Graph:
    """Models and sources by id, with parents and children."""

    def __init__(self, manifest: Any) -> None:
        nodes = manifest.nodes.values()
        self.manifest = manifest
        self.models = {n.unique_id: n for n in nodes if n.resource_type == "model"}
        self.sources = dict(manifest.sources)
        self.parents = {i: set(n.depends_on.nodes) for i, n in self.models.items()}
        self.children: dict[str, set[str]] = defaultdict(set)
        for child, parents in self.parents.items():
            for parent in parents:
                self.children[parent].add(child)

    def model_parents(self, model: str) -> set[str]:
        """Parents that are models; rules and code lists are looked up everywhere."""
        return {p for p in self.parents[model] if p in self.models}

    def source_parents(self, model: str) -> set[str]:
        """Parents that are sources."""
        return {p for p in self.parents[model] if p in self.sources}


def short(unique_id: str) -> str:
    """Name of a node."""
    return unique_id.rsplit(".", 1)[-1]


def judge(rule: str, broken: set[str]) -> None:
    """Fail on what breaks a rule without being an exception, and on needless exceptions."""
    allowed = EXCEPTIONS.get(rule, {})
    assert all(reason.strip() for reason in allowed.values())
    assert broken - set(allowed) == set(), rule
    assert set(allowed) - broken == set(), f"{rule}: no longer an exception"


def test_only_staging_reads_sources(graph: Graph) -> None:
    reading = {m for m in graph.models if graph.source_parents(m)}
    assert len(reading) >= 20
    assert {short(m) for m in reading if layer(graph.models[m]) != "staging"} == set()


def test_staging_reads_nothing_that_is_made_of_it(graph: Graph) -> None:
    """Staging reads its source and which submissions count, never core, marts or other staging."""
    wrong = {
        f"{short(m)} reads {short(p)}"
        for m in graph.models
        if layer(graph.models[m]) == "staging" and short(m).startswith("stg_")
        for p in graph.model_parents(m)
        if short(p) != "int_submission__counting"
    }
    assert wrong == set()


def test_a_staging_model_reads_one_source(graph: Graph) -> None:
    assert {short(m) for m in graph.models if len(graph.source_parents(m)) > 1} == set()


def test_a_source_is_read_by_exactly_one_model(graph: Graph) -> None:
    assert {s: n for s in graph.sources if (n := len(graph.children[s])) != 1} == {}


def test_no_two_sources_are_the_same_table(graph: Graph) -> None:
    tables = [(s.database, s.schema, s.identifier) for s in graph.sources.values()]
    assert len(tables) == len(set(tables))


def test_no_model_is_without_parents(graph: Graph) -> None:
    judge("roots", {short(m) for m, parents in graph.parents.items() if not parents})


def test_no_model_names_a_table_outright(graph: Graph) -> None:
    """Tables are found by ref and source, so that the graph knows them."""
    schemas = "|".join({n.schema for n in graph.manifest.nodes.values()} | {"lake", "reference"})
    named = re.compile(rf"\b(?:from|join)\s+(?:{schemas})\.\w+", re.IGNORECASE)
    comments = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
    wrong = {
        short(m): found.group()
        for m, node in graph.models.items()
        if (found := named.search(comments.sub("", node.raw_code)))
    }
    assert wrong == {}
    assert named.search("select * from core.dim_agency")


def test_few_models_end_at_the_same_parent(graph: Graph) -> None:
    """Where many final tables hang on one model, a step between them is missing."""
    leaves = {m for m in graph.models if not graph.children[m]}
    judge(
        "leaves", {short(m) for m in graph.models if len(graph.children[m] & leaves) > MOST_LEAVES}
    )


def test_few_models_have_many_parents(graph: Graph) -> None:
    judge(
        "parents",
        {short(m) for m in graph.models if len(graph.model_parents(m)) > MOST_PARENTS},
    )


def test_no_concept_is_joined_again_to_what_is_made_of_it_alone(graph: Graph) -> None:
    found = {
        f"{short(parent)} → {short(middle)} → {short(child)}"
        for child in graph.models
        for middle in graph.model_parents(child)
        if graph.children[middle] == {child} and len(graph.model_parents(middle)) == 1
        for parent in graph.model_parents(middle) & graph.parents[child]
    }
    judge("rejoined", found)


def test_a_name_tells_the_layer_of_a_model(graph: Graph) -> None:
    wrong = {
        short(m)
        for m, node in graph.models.items()
        if not re.fullmatch(PREFIXES[layer(node)], node.name)
    }
    assert wrong == set()


def test_a_model_its_words_and_its_tests_lie_in_one_folder(graph: Graph) -> None:
    for node in graph.models.values():
        folder, words = Path(node.original_file_path).parent, node.patch_path.split("://")[1]
        assert folder.parts[1] == layer(node) and Path(words).parent == folder, node.name
        for test in data_tests_of(graph.manifest, node):
            assert Path(test.original_file_path).parent == folder, test.name
    marts = {len(n.fqn) for n in graph.models.values() if layer(n) == "marts"}
    assert marts == {4}, "a mart lies in the folder of its topic"


def test_sources_are_declared_in_staging(graph: Graph) -> None:
    folders = {str(Path(s.original_file_path).parent) for s in graph.sources.values()}
    assert folders == {"models/staging"}


def test_tests_of_no_single_model_lie_in_tests(graph: Graph) -> None:
    singular = [
        n
        for n in graph.manifest.nodes.values()
        if n.resource_type == "test" and not getattr(n, "test_metadata", None)
    ]
    assert len(singular) >= 5
    assert {str(Path(n.original_file_path).parent) for n in singular} == {"tests"}
    assert all((DBT_DIR / n.original_file_path).is_file() for n in singular)


def test_every_model_source_and_column_is_described(graph: Graph) -> None:
    described = {**graph.models, **graph.sources}
    wrong = {short(i) for i, node in described.items() if not node.description.strip()}
    wrong |= {
        f"{short(i)}.{column.name}"
        for i, node in described.items()
        for column in node.columns.values()
        if not column.description.strip()
    }
    assert wrong == set()


def test_every_model_says_its_columns(graph: Graph) -> None:
    judge("columns", {n.name for n in graph.models.values() if not n.columns})


def test_every_model_tests_its_primary_key(graph: Graph) -> None:
    unique = {
        node.name
        for node in graph.models.values()
        for test in data_tests_of(graph.manifest, node)
        if test.test_metadata and test.test_metadata.name == "grain_is_unique"
    }
    judge("primary keys", {n.name for n in graph.models.values()} - unique)


def test_every_model_has_a_data_test(graph: Graph) -> None:
    untested = {n.name for n in graph.models.values() if not data_tests_of(graph.manifest, n)}
    judge("data tests", untested)


def test_every_model_has_a_unit_test_or_says_why_not(graph: Graph) -> None:
    tested = {test.model for test in graph.manifest.unit_tests.values()}
    reasons = {
        n.name: str(meta_of(n)["no_unit_test_because"])
        for n in graph.models.values()
        if "no_unit_test_because" in meta_of(n)
    }
    assert {n.name for n in graph.models.values()} - tested - set(reasons) == set()
    assert set(reasons) & tested == set(), "a reason beside a unit test is no reason"
    assert {name: why for name, why in reasons.items() if len(why.split()) < 3} == {}


def test_a_reason_for_no_unit_test_stands_only_where_nothing_is_computed(graph: Graph) -> None:
    computing = re.compile(
        r"\b(case|coalesce|group by|sum|avg|count|over|filter|union|left join|having)\b"
    )
    wrong = {
        n.name: sorted(set(computing.findall(n.raw_code)))
        for n in graph.models.values()
        if "no_unit_test_because" in meta_of(n)
        and computing.search(re.sub(r"--[^\n]*", "", n.raw_code))
    }
    assert wrong == {}


def test_no_chain_of_views_is_long(graph: Graph) -> None:
    """A view over a view over a view is computed again by everybody who reads it."""

    def depth(model: str) -> int:
        if graph.models[model].config.materialized != "view":
            return 0
        return 1 + max((depth(p) for p in graph.model_parents(model)), default=0)

    assert {short(m): depth(m) for m in graph.models if depth(m) > MOST_VIEWS_IN_A_CHAIN} == {}


def test_what_is_shown_outside_rests_on_tables_that_may_be_read(graph: Graph) -> None:
    """Exposures read tables, published and public or protected, never a private helper."""
    wrong = {
        f"{exposure.name} reads {short(p)}"
        for exposure in graph.manifest.exposures.values()
        for p in exposure.depends_on.nodes
        if p in graph.models
        and (
            graph.models[p].config.materialized != "table"
            or str(graph.models[p].access) == "private"
        )
    }
    assert wrong == set()


def test_every_public_model_has_a_contract_and_words_for_all_its_columns(graph: Graph) -> None:
    public = [n for n in graph.models.values() if str(n.access) == "public"]
    assert len(public) > 20
    wrong = {
        n.name
        for n in public
        if not n.config.contract.enforced
        or not n.description.strip()
        or not n.columns
        or any(not c.description.strip() or not c.data_type for c in n.columns.values())
    }
    assert wrong == set()
