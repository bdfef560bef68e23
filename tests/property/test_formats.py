"""A value in any accepted style is that value, and rows are the same rows in every format."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from property import rows as made
from property.bench import Bench, Judged

from asn_warehouse.contracts import Column, Dataset

ANY_DATASET = st.sampled_from(sorted(made.DATASETS)).map(made.DATASETS.__getitem__)
Table = Sequence[Sequence[Any]]


def names(dataset: Dataset) -> list[str]:
    return [column.name for column in dataset.columns]


def as_csv(dataset: Dataset, table: Table) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\n").writerows([names(dataset), *table])
    return stream.getvalue().encode()


def as_workbook(dataset: Dataset, table: Table) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for line, row in enumerate([names(dataset), *table]):
        for place, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(line, place, value)
            elif isinstance(value, date):
                page.write_datetime(line, place, datetime(value.year, value.month, value.day), day)
            else:
                page.write_number(line, place, value)
    book.close()
    return stream.getvalue()


def records(dataset: Dataset, table: Table) -> list[dict[str, Any]]:
    return [dict(zip(names(dataset), row, strict=True)) for row in table]


def as_json(dataset: Dataset, table: Table) -> bytes:
    return json.dumps(records(dataset, table), default=str, ensure_ascii=False).encode()


def as_lines(dataset: Dataset, table: Table) -> bytes:
    return "\n".join(json.dumps(r, default=str) for r in records(dataset, table)).encode()


def as_parquet(dataset: Dataset, table: Table) -> bytes:
    stream = io.BytesIO()
    columns = [pa.array(values) for values in zip(*table, strict=True)]
    pq.write_table(pa.table(columns, names=names(dataset)), stream)
    return stream.getvalue()


FORMATS: dict[str, Callable[[Dataset, Table], bytes]] = {
    ".csv": as_csv, ".xlsx": as_workbook, ".json": as_json, ".jsonl": as_lines,
    ".parquet": as_parquet,
}  # fmt: skip


@st.composite
def valued(draw: st.DrawFn) -> tuple[Dataset, list[list[Any]], list[list[str]]]:
    """Draw a dataset, rows of values, and the same rows with each value in some style."""
    dataset = draw(ANY_DATASET)
    row = st.tuples(*(made.values(column) for column in dataset.columns))
    table = draw(st.lists(row, min_size=1, max_size=8))
    style, padding = st.integers(0, 99), made.BLANKS
    texts = [
        [
            draw(padding) + pick(made.styles(column, value), draw(style)) + draw(padding)
            for column, value in zip(dataset.columns, row, strict=True)
        ]
        for row in table
    ]
    return dataset, [list(row) for row in table], texts


def pick(found: list[str], number: int) -> str:
    return found[number % len(found)]


def typed(judged: Judged) -> list[list[Any]]:
    assert judged.outcome.refusal_rule in (None, "file.all_rejected"), judged.outcome
    return [list(judged.rows[number]) for number in sorted(judged.rows)]


@settings(max_examples=50)
@given(valued())
def test_a_value_written_in_any_accepted_style_is_read_as_that_value(
    bench: Bench, drawn: tuple[Dataset, list[list[Any]], list[list[str]]]
) -> None:
    dataset, table, texts = drawn
    (judged,) = bench.judge(dataset.name, [(".csv", as_csv(dataset, texts))])
    assert typed(judged) == table


def native(column: Column, value: Any) -> Any:
    """Return a value as a program would store it: an NIP is a text, all else has its type."""
    return str(value) if column.kind == "nip" else value


@settings(max_examples=40)
@given(valued())
def test_values_stored_with_their_types_are_read_alike_from_every_format(
    bench: Bench, drawn: tuple[Dataset, list[list[Any]], list[list[str]]]
) -> None:
    dataset, table, _ = drawn
    stored = [
        [native(column, value) for column, value in zip(dataset.columns, row, strict=True)]
        for row in table
    ]
    files = [(ending, write(dataset, stored)) for ending, write in FORMATS.items()]
    for (ending, _), judged in zip(files, bench.judge(dataset.name, files), strict=True):
        if ending != ".csv":  # a plain 1.234 in a CSV could be a thousand
            assert typed(judged) == table, ending


@settings(max_examples=40)
@given(st.data())
def test_the_same_texts_are_judged_alike_in_every_format(bench: Bench, data: st.DataObject) -> None:
    dataset = data.draw(ANY_DATASET)
    table = data.draw(st.lists(made.rows(dataset).filter(made.is_row), min_size=1, max_size=8))
    files = [(ending, write(dataset, table)) for ending, write in FORMATS.items()]
    judged = dict(zip(FORMATS, bench.judge(dataset.name, files), strict=True))
    expected = answer(judged[".csv"], header=1)
    assert expected["read"] == len(table)
    for ending, one in judged.items():
        assert answer(one, header=ending in (".csv", ".xlsx")) == expected, ending


def answer(judged: Judged, *, header: bool) -> dict[str, Any]:
    """Return what was said of a file, rows counted from 1 for the first of data."""
    outcome = judged.outcome
    reasons = {(r.rule, r.severity, r.rows, r.example_row - header) for r in outcome.reasons}
    return {
        "status": (outcome.status, outcome.refusal_rule),
        "read": outcome.rows_read,
        "accepted": {number - header: row for number, row in judged.accepted.items()},
        "rejected": {number - header: rules for number, rules in judged.rejected.items()},
        "reasons": reasons,
    }
