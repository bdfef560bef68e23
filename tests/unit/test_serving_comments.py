"""Everything that PostgreSQL serves says what it is, in Indonesian and English."""

import yaml

from asn_warehouse import access, changes, contracts, ops
from asn_warehouse.serving import comments, tables
from asn_warehouse.settings import get_settings

NOT_SERVED = "int_"


def marts() -> list[tuple[str, list[str]]]:
    """Return each mart of the project with its columns."""
    found = []
    for path in sorted((get_settings().dbt_dir / "models" / "marts").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            if not model["name"].startswith(NOT_SERVED):
                found.append((model["name"], [column["name"] for column in model["columns"]]))
    return found


def says_both(text: str) -> bool:
    labels = text.splitlines()[0].split(" | ")
    return len(labels) == 2 and all(label.strip() for label in labels)


def test_every_mart_and_column_says_what_it_is_in_both_languages() -> None:
    found = marts()
    assert len(found) >= 25
    for name, columns in found:
        said = comments.of_mart(get_settings(), name)
        assert said is not None and says_both(said.table), name
        for column in columns:
            text = said.columns[column]
            assert says_both(text) and len(text.splitlines()) == 2, (name, column)


def test_every_table_of_ops_and_column_says_what_it_is_in_both_languages() -> None:
    wanted = {
        **ops.TABLES,
        "submission": contracts.SUBMISSION_COLUMNS,
        tables.SERVED: tables.SERVED_COLUMNS,
    }
    for table, columns in wanted.items():
        said = comments.of_ops(table)
        assert says_both(said.table), table
        assert not [c for c in columns if not says_both(said.columns.get(c, " "))], table


def test_every_table_of_ops_says_who_reads_it() -> None:
    assert {*ops.TABLES, "submission", tables.SERVED} == set(access.SCHEMAS["ops"].tables)
    assert tables.columns_of(changes.schema()).keys() == changes.COLUMNS.keys()
