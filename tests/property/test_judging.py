"""Whatever rows are sent: none is lost, and neither order nor company changes what is let in."""

import csv
import io
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import rows as made
from property.bench import Bench, Judged

from asn_warehouse.admission.readers import csv_files
from asn_warehouse.contracts import Dataset

NAMES = sorted(made.DATASETS)
ANY_DATASET = st.sampled_from(NAMES).map(made.DATASETS.__getitem__)
DIALECTS = st.tuples(st.sampled_from(",;\t|"), st.booleans(), st.sampled_from(["\n", "\r\n"]))
Table = list[list[str]]


def csv_bytes(header: Sequence[str], table: Table, dialect: tuple[str, bool, str]) -> bytes:
    delimiter, is_quoted, end = dialect
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([header, *table])
    return stream.getvalue().encode()


def names(dataset: Dataset) -> list[str]:
    return [column.name for column in dataset.columns]


@st.composite
def files(draw: st.DrawFn, count: int = 6, rows: int = 8) -> tuple[Dataset, list[Table]]:
    """Draw a dataset and several files of it."""
    dataset = draw(ANY_DATASET)
    tables = st.lists(made.rows(dataset), max_size=rows)
    return dataset, draw(st.lists(tables, min_size=1, max_size=count))


def conserves(judged: Judged, read: int) -> None:
    """Assert that each of ``read`` rows is either accepted or rejected, with a reason."""
    outcome = judged.outcome
    assert outcome.rows_read == read
    assert outcome.rows_read == len(judged.accepted) + len(judged.rejected)
    assert outcome.rows_accepted == len(judged.accepted)
    assert judged.accepted.keys().isdisjoint(judged.rejected)
    assert all(rules for rules in judged.rejected.values())
    counted = Counter(rule for rules in judged.rejected.values() for rule in rules)
    told = {r.rule: r.rows for r in outcome.reasons if r.severity == "error"}
    assert told == counted


@settings(max_examples=50)
@given(files(), DIALECTS)
def test_rows_read_are_rows_accepted_and_rows_rejected(
    bench: Bench, drawn: tuple[Dataset, list[Table]], dialect: tuple[str, bool, str]
) -> None:
    dataset, tables = drawn
    data = [(".csv", csv_bytes(names(dataset), table, dialect)) for table in tables]
    for table, judged in zip(tables, bench.judge(dataset.name, data), strict=True):
        expected = {n for n, row in enumerate(table, start=2) if made.is_row(row)}
        assert set(judged.accepted) | set(judged.rejected) == expected
        conserves(judged, len(expected))


DAMAGE = st.sampled_from(['"', '""', ",", ";", "\n", "\r\n", "\r", ' "', '",', "x", "\ufeff", ""])


@settings(max_examples=50)
@given(st.data())
def test_damaged_text_loses_no_row_and_reads_alike_on_both_paths(
    bench: Bench, data: st.DataObject
) -> None:
    """Text is cut and mended with quotes, separators and line ends, at any place but the header."""
    dataset, tables = data.draw(files(rows=5))
    damaged = []
    for table in tables:
        text = csv_bytes(names(dataset), table, data.draw(DIALECTS)).decode()
        start = text.index("\n") + 1
        for at, cut, more in data.draw(
            st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), DAMAGE), max_size=3)
        ):
            at = start + at % (len(text) - start + 1)
            text = text[:at] + more + text[at + cut :]
        damaged.append((".csv", text.encode()))
    patient = bench.judge(dataset.name, damaged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "SMALL_BYTES", 0)
        fast = bench.judge(dataset.name, damaged)
    for slow, quick, (_, text) in zip(patient, fast, damaged, strict=True):
        conserves(slow, slow.outcome.rows_read)
        conserves(quick, quick.outcome.rows_read)
        assert quick.rejected == slow.rejected, text
        assert quick.accepted == slow.accepted, text


@settings(max_examples=30)
@given(files(count=4, rows=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_which_rows_are_let_in(
    bench: Bench, drawn: tuple[Dataset, list[Table]], chance: random.Random
) -> None:
    """Of equal rows one is kept and of contradicting ones none, wherever they stand."""
    dataset, tables = drawn
    turned = [chance.sample(table, len(table)) for table in tables]
    data = [(".csv", csv_bytes(names(dataset), t, (",", False, "\n"))) for t in [*tables, *turned]]
    judged = bench.judge(dataset.name, data)
    for before, after in zip(judged[: len(tables)], judged[len(tables) :], strict=True):
        assert contents(before) == contents(after)
        assert before.outcome.rows_rejected == after.outcome.rows_rejected


def contents(*judged: Judged) -> Counter[tuple[object, ...]]:
    return Counter(tuple(row) for one in judged for row in one.accepted.values())


@settings(max_examples=30)
@given(files(count=4, rows=12), st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_a_file_split_in_two_lets_the_same_rows_in(
    bench: Bench, drawn: tuple[Dataset, list[Table]], places: list[int]
) -> None:
    """With a key for every row, halves are judged as the whole, together or one by one."""
    dataset, tables = drawn
    tables = [made.distinct(dataset, table) for table in tables]
    halves = [half for t, at in zip(tables, places, strict=False) for half in (t[:at], t[at:])]
    header = names(dataset)

    def data(found: list[Table]) -> list[tuple[str, bytes]]:
        return [(".csv", csv_bytes(header, table, (";", True, "\n"))) for table in found]

    whole = bench.judge(dataset.name, data(tables))
    together = bench.judge(dataset.name, data(halves))
    alone = bench.judge(dataset.name, data(halves[:1]))
    for n, one in enumerate(whole):
        first, second = together[2 * n : 2 * n + 2]
        assert contents(one) == contents(first, second)
        assert one.outcome.rows_read == first.outcome.rows_read + second.outcome.rows_read
        assert Counter(one.rejected.values()) == Counter(
            [*first.rejected.values(), *second.rejected.values()]
        )
    assert (alone[0].accepted, alone[0].rejected) == (together[0].accepted, together[0].rejected)
