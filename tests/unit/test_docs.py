"""What the pages name is there: links, commands with their options, targets, variables, files."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import AliasChoices

from asn_warehouse.cli import app
from asn_warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
GUIDES = ("CONTRIBUTING.md", "docs/architecture.md", "docs/runbooks/*.md")
"""Pages whose file names are those of the project; elsewhere they may be of a run."""
NOT_OURS = {".git", ".venv", ".venv-bi", ".venv-peers", "var", "node_modules"}

CODE = re.compile(r"^```.*?^```|^ {4,}.*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)\s]*)\)")
COMMAND = re.compile(r"(?<![\w/@.:-])asn ([a-z]+)((?:(?!\basn )[^\n|;&`])*)")
TARGET = re.compile(r"(?<![\w-])make ([a-z][a-z-]*)")
VARIABLE = re.compile(r"\bASN_[A-Z_]*[A-Z]\b|\bASN_[A-Z_]+_(?=\*)")
FILE = re.compile(
    r"(?<![\w/<>*.-])((?:asn_warehouse|benchmarks|bi|contracts|dags|dbt_project|docs(?!/gx/|/dbt/)|expectations|"
    r"scripts|spark|tests)/[\w./-]+\.\w+)(?![\w<*])"
)


def source_files() -> Iterator[Path]:
    """Yield every file of the project but what a run or an installation made."""
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted(set(folders) - NOT_OURS - {"__pycache__", "target", "logs"})
        yield from (Path(folder, name) for name in sorted(names))


@cache
def pages() -> dict[str, str]:
    """Return every page by its path in the project."""
    found = {
        path.relative_to(PROJECT).as_posix(): path.read_text("utf-8")
        for path in source_files()
        if path.suffix == ".md" and "templates" not in path.parts
    }
    assert len(found) > 40
    return found


@cache
def code() -> dict[str, str]:
    """Return what each page sets in code type."""
    return {page: "\n".join(CODE.findall(text)) for page, text in pages().items()}


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def options(command: Any) -> set[str]:
    """Return every option of a command and of the commands below it."""
    found = {"--help"} | {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
    for below in getattr(command, "commands", {}).values():
        found |= options(below)
    return {name for name in found if name.startswith("-")}


def test_every_link_leads_somewhere() -> None:
    links = [(page, link) for page, text in pages().items() for link in LINK.findall(text)]
    assert len(links) > 100
    wrong = []
    for page, link in links:
        path, _, anchor = link.partition("#")
        target = (PROJECT / page).parent / path if path else PROJECT / page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            wrong.append(f"{page}: {link}")
    assert wrong == []


def test_every_command_is_one_of_the_command_line_with_its_options() -> None:
    known: Any = typer.main.get_command(app)
    used = [(page, *found) for page, text in code().items() for found in COMMAND.findall(text)]
    assert len(used) > 80
    assert {name for _, name, _ in used} >= set(known.commands) - {"replay"}
    wrong = []
    for page, name, rest in used:
        if name not in known.commands:
            wrong.append(f"{page}: asn {name}")
            continue
        taken = options(known.commands[name])
        given = re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", re.sub(r'"[^"]*"', "", rest))
        wrong += [f"{page}: asn {name} {option}" for option in given if option not in taken]
    assert wrong == []


def test_every_target_is_one_of_the_makefile() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    known = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    used = [(page, name) for page, text in code().items() for name in TARGET.findall(text)]
    assert len(used) > 15
    assert [(page, name) for page, name in used if name not in known] == []


def test_every_variable_is_a_setting_or_stands_in_the_code() -> None:
    known = {f"ASN_{name.upper()}" for name in Settings.model_fields}
    for field in Settings.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            known |= {str(choice).upper() for choice in field.validation_alias.choices}
    for path in source_files():
        is_code = path.suffix in (".py", ".yml", ".yaml", ".sh") or path.name == "Makefile"
        if is_code and path != Path(__file__):
            known |= set(VARIABLE.findall(path.read_text("utf-8")))
    used = [(page, name) for page, text in pages().items() for name in VARIABLE.findall(text)]
    assert len(used) > 80
    assert [
        (page, name)
        for page, name in used
        if name not in known
        and not (name.endswith("_") and any(other.startswith(name) for other in known))
    ] == []


@pytest.mark.parametrize("pattern", GUIDES)
def test_every_file_that_a_guide_names_is_there(pattern: str) -> None:
    guides = [path.relative_to(PROJECT).as_posix() for path in PROJECT.glob(pattern)]
    assert guides
    named = [(page, name) for page in guides for name in FILE.findall(code()[page])]
    assert named
    assert [(page, name) for page, name in named if not (PROJECT / name).exists()] == []


def test_the_index_of_runbooks_names_them_all() -> None:
    folder = PROJECT / "docs" / "runbooks"
    index = (folder / "README.md").read_text("utf-8")
    runbooks = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert len(runbooks) > 10
    assert runbooks - set(LINK.findall(index)) == set()
