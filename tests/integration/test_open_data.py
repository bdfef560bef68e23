"""The open-data package of a real month, read back with other tools than wrote it."""

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import pytest
import yaml
from e2e_home import OCTOBER, PROJECT, Month

from asn_warehouse.report import package, source
from asn_warehouse.report.package import units
from asn_warehouse.safe_marts import MARTS

pytestmark = pytest.mark.slow
Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(month: Month) -> Path:
    """The package as the month's own run wrote it."""
    return month.settings.report / str(OCTOBER) / "v1" / "data"


@pytest.fixture(scope="module")
def version(month: Month) -> Path:
    """The archive of the version that the package is of."""
    return month.settings.warehouse / "publications" / str(OCTOBER) / "v1"


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def _table(path: Path) -> list[Row]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_is_in_the_checksums_and_a_changed_one_is_found(
    folder: Path, tmp_path: Path
) -> None:
    done = _checked(folder)
    present = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    told = {line.partition(": ")[0] for line in done.stdout.splitlines()}
    assert done.returncode == 0 and told == present - {"SHA256SUMS"} and len(told) > 40
    copy = shutil.copytree(folder, tmp_path / "copy")
    with (copy / "position_fit.csv").open("a") as file:
        file.write("\n")
    assert _checked(copy).returncode != 0


def test_every_file_is_as_the_data_package_says(folder: Path) -> None:
    """Types, required cells, keys, codes, sizes and digests, by the standard's own tool."""
    found = frictionless.validate(str(folder / "datapackage.json"))
    assert found.valid, found.flatten(["name", "type", "message"])[:5]
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert {r["path"] for r in described["resources"]} == {
        str(p.relative_to(folder)) for p in folder.rglob("*.csv")
    }
    assert described["$schema"].endswith("/2.0/datapackage.json")


def test_the_schema_finds_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    rows = _rows(folder / "position_fit.csv")
    wrong = {
        ("people", "tujuh"): "type-error",
        ("assessed", "-1"): "constraint-error",
        ("position_level", "KAISAR"): "foreign-key",
        ("disclosure_status", ""): "constraint-error",
    }
    for i, (column, value) in enumerate(wrong):
        rows[i][column] = value
    with (copy / "position_fit.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    found = frictionless.Package(str(copy / "datapackage.json")).validate()
    errors = found.flatten(["name", "rowNumber", "type"])
    assert {kind for *_, kind in errors} >= {"hash-count", *wrong.values()}, errors


def test_every_file_holds_the_open_table_and_nothing_else(folder: Path, version: Path) -> None:
    """Cell by cell: hidden ones are ``*``, what was not reported is empty, all else the value."""
    compared = hidden = 0
    for mart in MARTS:
        told = _rows(folder / f"{mart.name}.csv")
        true = _table(version / "open" / f"{mart.name}.parquet")
        assert len(told) == len(true), mart.name
        for row, exact in zip(told, true, strict=True):
            assert [*row] == [*exact]
            gone = set(filter(None, exact["suppressed"].split(";")))
            for name, value in exact.items():
                assert row[name] == ("*" if name in gone else _text(value)), (mart.name, name)
            compared += len(row)
            hidden += len(gone)
    assert compared > 10_000 and hidden > 100


def _text(value: Any) -> str:
    """Return a value as the package has to write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "hour"):
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    return str(value)


def test_no_count_of_few_people_is_in_the_package(folder: Path, version: Path) -> None:
    """Also none that schema safe shows to readers inside government."""
    looked = only_safe = 0
    for mart in MARTS:
        for row in _rows(folder / f"{mart.name}.csv"):
            for count in set(mart.rule.counts) & row.keys():
                if row[count] not in ("", "*"):
                    looked += 1
                    assert not 0 < int(row[count]) < 10, (mart.name, count, row)
        for safe in _table(version / "safe" / f"{mart.name}.parquet"):
            counts = [safe.get(count) for count in mart.rule.counts]
            only_safe += sum(1 for count in counts if count and 5 <= count < 10)
    assert looked > 1_000 and only_safe > 10
    for path in folder.rglob("*"):
        assert path.is_dir() or b"person_key" not in path.read_bytes()


def test_the_dictionaries_name_every_column(folder: Path) -> None:
    """Of the tables, and of what agencies submit as the contracts themselves have it."""
    rows = _rows(folder / "kamus-data.csv")
    columns = {(m.name, c) for m in MARTS for c in _head(folder / f"{m.name}.csv")}
    assert {(row["dataset"], row["kolom"]) for row in rows} == columns and len(columns) > 300
    assert all(row["konsep"] and row["ukuran"] for row in rows)
    assert all(row["satuan"] for row in rows if row["tipe"] == "number")
    share = next(
        r for r in rows if (r["dataset"], r["kolom"]) == ("learning_hours", "reached_20_share")
    )
    assert "PP 11/2017" in share["dasar_hukum"] and share["satuan"] == "0–1"
    submitted = {(row["dataset"], row["kolom"]): row for row in _rows(folder / "kamus-kiriman.csv")}
    contracts = [yaml.safe_load(p.read_text("utf-8")) for p in PROJECT.glob("contracts/*.yaml")]
    properties = {
        (schema["name"], found["name"]): found
        for contract in contracts
        for schema in contract["schema"]
        for found in schema["properties"]
    }
    assert len(contracts) == 17 and submitted.keys() == properties.keys()
    for place, found in properties.items():
        assert submitted[place]["definisi"] == found["description"], place
        assert submitted[place]["wajib"] == str(found["required"]).lower(), place


def _head(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def test_a_licence_is_named_where_the_publisher_has_chosen_one(month: Month, folder: Path) -> None:
    assert "licenses" not in json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert "belum menetapkan lisensi" in (folder / "README.md").read_text("utf-8")
    settings = month.settings.model_copy(update={"open_licence": "CC-BY-4.0"})
    made = package.files(settings, source.read(settings, OCTOBER).edition)
    assert json.loads(made["data/datapackage.json"])["licenses"] == [{"name": "CC-BY-4.0"}]
    assert "CC-BY-4.0. Sebutkan sumber" in made["data/README.md"].decode()


def test_a_number_without_a_unit_is_not_published() -> None:
    with pytest.raises(Exception, match="in what"):
        units.of(MARTS[0], "unheard_of", "number", coded=False)
