"""What readers have when a month is published, and when its protected tables are made anew."""

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from candidates import settings_of
from rosters import candidate, changed, roster

import asn_warehouse
from asn_warehouse import archive, publish
from asn_warehouse.archive import Mart, Version
from asn_warehouse.errors import PublishConflict
from asn_warehouse.periods import Period
from asn_warehouse.safe_marts import files, past
from asn_warehouse.settings import Settings

AUGUST, OCTOBER, NOVEMBER = (Period.parse(f"2026-{month}") for month in ("08", "10", "11"))
PEOPLE = roster(60, seed=1)
OTHERS = changed(PEOPLE, few=5, seed=2)


@pytest.fixture
def protections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every call of the protection, counted."""
    calls: list[Any] = []

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return protect(*arguments)

    protect: Callable[..., Any] = files.protect_schemas
    monkeypatch.setattr(files, "protect_schemas", counted)
    return calls


def published(settings: Settings, people: list[Any], period: Period = OCTOBER) -> Version:
    found = publish.publish(settings, candidate(settings, str(period), people))
    return archive.load(settings, period, found.version)


def files_of(settings: Settings, version: Version) -> dict[str, bytes]:
    found = {t.file: archive.path_of(settings, version, t).read_bytes() for t in version.protected}
    assert len(found) == 4
    return found


def test_a_month_whose_counts_did_not_change_keeps_its_protected_tables(
    tmp_path: Path, protections: list[Any]
) -> None:
    settings = settings_of(tmp_path)
    first = published(settings, PEOPLE)
    again = candidate(settings, "2026-10", PEOPLE, seed=2)
    second = archive.load(settings, OCTOBER, publish.publish(settings, again).version)
    assert second.version == 2 and second.content_sha256 != first.content_sha256
    assert len(protections) == 1
    assert second.protected == first.protected
    assert files_of(settings, second) == files_of(settings, first)
    archive.verify(settings, second)


def test_what_was_served_before_is_served_again_as_it_was(
    tmp_path: Path, protections: list[Any]
) -> None:
    settings = settings_of(tmp_path)
    first, second = published(settings, PEOPLE), published(settings, OTHERS)
    third = published(settings, PEOPLE)
    assert third.version == 3 and len(protections) == 2
    assert files_of(settings, third) == files_of(settings, first)
    assert files_of(settings, second) != files_of(settings, first)
    assert published(settings, OTHERS).protected == second.protected


def test_a_changed_threshold_makes_a_new_version_of_the_same_month(
    tmp_path: Path, protections: list[Any]
) -> None:
    first = published(settings_of(tmp_path), PEOPLE)
    stricter = settings_of(tmp_path, small_cell=7)
    second = published(stricter, PEOPLE)
    assert second.version == 2 and second.thresholds == {"safe": 7, "open": 10}
    assert second.content_sha256 == first.content_sha256 and len(protections) == 2
    assert published(stricter, PEOPLE).version == 2


def test_what_other_code_protected_is_not_served_again(
    tmp_path: Path, protections: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    published(settings, PEOPLE)
    published(settings, OTHERS)
    monkeypatch.setattr(past, "rules_sha256", lambda: "of another day")
    published(settings, PEOPLE)
    assert len(protections) == 3


def test_a_version_of_before_is_protected_anew(tmp_path: Path, protections: list[Any]) -> None:
    """Archives of before say nothing of what their protected tables were made of."""
    settings = settings_of(tmp_path)
    first = published(settings, PEOPLE)
    path = archive.directory(settings, OCTOBER, 1) / "publication.json"
    path.write_text(replace(first, protection_sha256="").to_json(), "utf-8")
    published(settings, OTHERS)
    published(settings, PEOPLE)
    assert len(protections) == 3


@pytest.mark.parametrize("schema", ["safe", "open", "marts"])
def test_a_month_beside_that_was_damaged_is_not_built_upon(tmp_path: Path, schema: str) -> None:
    settings = settings_of(tmp_path)
    version = published(settings, PEOPLE)
    table = next(t for t in version.tables if t.schema == schema and t.name == "learning_hours")
    archive.path_of(settings, version, table).write_bytes(b"damaged")
    with pytest.raises(PublishConflict, match="is not what was published"):
        published(settings, OTHERS, NOVEMBER)


def test_a_damaged_file_is_not_served_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = published(settings, PEOPLE)
    published(settings, OTHERS)
    archive.path_of(settings, first, first.protected[0]).write_bytes(b"damaged")
    with pytest.raises(PublishConflict, match="is not what was published"):
        published(settings, PEOPLE)


def version_of(period: Period, number: int, content: str, protected: bool = True) -> Version:
    day = datetime(2026, 12, 1)
    tables = tuple(
        Mart("position_fit", 1, f"{content} {schema}", restricted=False, schema=schema)
        for schema in ("safe", "open")
    )
    exact = Mart("position_fit", 1, content, restricted=False)
    persons = Mart("talent_pool", 1, f"persons of {number}", restricted=True)
    return Version(
        period, number, "b", day, day, None, content, (exact, persons), (),
        tables if protected else (),
    )  # fmt: skip


def test_readers_have_the_nearest_months_and_what_was_replaced() -> None:
    september = version_of(Period.parse("2026-09"), 1, "unprotected", protected=False)
    august, long_ago = version_of(AUGUST, 1, "a"), version_of(Period.parse("2026-07"), 1, "j")
    first, again, second = (
        version_of(OCTOBER, number, content) for number, content in ((1, "x"), (2, "x"), (3, "y"))
    )
    november, replaced = version_of(NOVEMBER, 2, "n"), version_of(NOVEMBER, 1, "m")
    december = version_of(Period.parse("2026-12"), 1, "d")
    ever = [december, november, replaced, second, again, first, september, august, long_ago]
    served = {v.period: v for v in (december, november, second, september, august, long_ago)}
    found = past.of(OCTOBER, served, ever)
    assert found.own == (first, again, second)
    assert found.near == (august, second, november)
    assert found.older == (first, replaced)
    assert past.of(OCTOBER, {}, []) == past.Past()


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file names in its imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            found |= {name for name in names if name.startswith("asn_warehouse.")}
    return found


def test_all_code_that_decides_what_is_hidden_counts() -> None:
    """A new module of the protection must not leave what the old one hid in use."""
    root = Path(asn_warehouse.__file__).parent
    waiting, seen = {"asn_warehouse.safe_marts.protecting"}, set[Path]()
    while waiting:
        name = waiting.pop().removeprefix("asn_warehouse.").replace(".", "/")
        path = root / f"{name}.py"
        path = path if path.exists() else root / name / "__init__.py"
        if path.exists() and path not in seen:
            seen.add(path)
            waiting |= imported(path)
    used = {path for path in seen if path.parent != root / "safe_marts"}
    counted = {Path(str(module.__file__)) for module in past.ENGINE}
    assert used == counted
    assert len(counted) >= 4
