"""The models are one set for all engines: what dialects differ in lies in macros/dialect/."""

import re
from pathlib import Path

import pytest
from project import DBT_DIR

MODELS = sorted((DBT_DIR / "models").rglob("*.sql"))
WORDS = sorted((DBT_DIR / "models").rglob("*.yml"))
MACROS = sorted((DBT_DIR / "macros").rglob("*.sql"))
TESTS = sorted((DBT_DIR / "tests").rglob("*.sql"))

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
ADAPTER = re.compile(r"duckdb|postgres|spark|databricks", re.IGNORECASE)
ASKED = re.compile(r"\btarget\.(type|name)\b|\badapter\.(type|dispatch)\b")


def jinja(path: Path) -> str:
    """Return what dbt renders of a file."""
    return "\n".join(JINJA.findall(path.read_text("utf-8")))


def test_there_are_models_to_look_at() -> None:
    assert len(MODELS) > 130 and len(WORDS) > 90 and len(MACROS) > 12 and len(TESTS) > 5


@pytest.mark.parametrize("path", [*MODELS, *TESTS], ids=lambda path: path.stem)
def test_no_model_names_an_adapter(path: Path) -> None:
    assert not ADAPTER.search(path.read_text("utf-8"))
    assert not ASKED.search(jinja(path))


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_no_model_is_configured_for_an_adapter(path: Path) -> None:
    """Words may say where something is served; what dbt renders may not ask."""
    assert not ADAPTER.search(jinja(path))
    assert not ASKED.search(jinja(path))


@pytest.mark.parametrize(
    "path",
    [path for path in MACROS if path.parent.name != "dialect"],
    ids=lambda path: path.stem,
)
def test_only_dialects_ask_which_adapter_it_is(path: Path) -> None:
    if path.stem == "generate_schema_name":
        assert re.findall(r"target\.name == '(\w+)'", path.read_text("utf-8")) == ["served"]
    else:
        assert not ASKED.search(jinja(path))


@pytest.mark.parametrize("path", [*MODELS, *TESTS], ids=lambda path: path.stem)
def test_no_text_holds_a_backslash_which_spark_alone_would_take_for_an_escape(path: Path) -> None:
    assert "\\" not in JINJA.sub("", path.read_text("utf-8"))
