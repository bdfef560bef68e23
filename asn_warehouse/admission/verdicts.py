"""What became of each file of a judged batch: counts, reasons, and its rejected rows."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from asn_warehouse.admission.batch import BLANK, Batch
from asn_warehouse.admission.readers import Readable
from asn_warehouse.errors import ConservationError

EXAMPLES = 3
"""So many rows of each reason are named."""

SHOWN_ROWS = 100_000
"""So many rejected rows of a file go back to the agency; the vault has them all."""

SLICE_ROWS = 200_000
"""So many rejected rows are Python objects at a time."""

Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Reason:
    """How many rows of a file failed a check, the first of them, and a few more.

    ``value`` is what the first of them says, where the row was accepted with a warning and the
    check looks at no identity; a rejected row has its own cells.
    """

    rule: str
    severity: str
    rows: int
    example_row: int
    columns: tuple[str, ...]
    more_rows: tuple[int, ...] = ()
    value: str = ""


@dataclass(frozen=True)
class Rejected:
    """A rejected row: its number, its failed rules, and the agency's own cells in file order."""

    row_number: int
    rules: tuple[str, ...]
    cells: Cells


@dataclass(frozen=True)
class Verdict:
    """What becomes of one file; counts are rows, ``cells_filled`` counts accepted values.

    ``rejected`` are at most ``SHOWN_ROWS``, in the order of the file.
    """

    readable: Readable
    rows_read: int
    rows_rejected: int
    rows_warned: int
    cells_filled: int
    reasons: tuple[Reason, ...]
    rejected: tuple[Rejected, ...]

    @property
    def rows_accepted(self) -> int:
        """Rows that go into the lake."""
        return self.rows_read - self.rows_rejected


def verdicts(batch: Batch) -> list[Verdict]:
    """Return the verdict on each file of a judged batch, in the order given.

    Raises:
        ConservationError: when rows read differ from rows accepted plus rows rejected.
    """
    read = batch.per_file(
        f"select file_index, count(*) from typed where errors <> {BLANK}::ubigint group by 1"
    )
    rejected = batch.per_file("select file_index, count(*) from rejected group by 1")
    filled = " + ".join(f"count(t.{c.name})" for c in batch.dataset.columns)
    accepted = {
        index: (rows, warned, cells)
        for index, rows, warned, cells in batch.connection.execute(f"""
            select t.file_index, count(*), count_if(t.warnings <> 0), {filled}
            from typed as t
            where t.errors = 0 and t.rowid not in (select id from rejected) group by 1
        """).fetchall()
    }
    reasons = _reasons(batch)
    rows = _shown(batch)
    found = []
    for index, readable in enumerate(batch.readables):
        broken = len(readable.broken)
        verdict = Verdict(
            readable,
            read.get(index, 0) + broken,
            rejected.get(index, 0) + broken,
            accepted.get(index, (0, 0, 0))[1],
            accepted.get(index, (0, 0, 0))[2],
            tuple(reasons[index]),
            tuple(rows[index]),
        )
        counted = accepted.get(index, (0, 0, 0))[0]
        shown = min(verdict.rows_rejected, SHOWN_ROWS)
        if verdict.rows_accepted != counted or len(verdict.rejected) != shown:
            raise ConservationError(
                f"{readable.file.name} of {readable.file.agency_code}: {verdict.rows_read} rows"
                f" read, {counted} accepted, {verdict.rows_rejected} rejected.",
                mend=f"Nothing was stored. Report it with the file's SHA-256 {readable.sha256}.",
            )
        found.append(verdict)
    return found


def _reasons(batch: Batch) -> dict[int, list[Reason]]:
    """Return the reasons of every file, most frequent first."""
    found: dict[int, list[Reason]] = defaultdict(list)
    batch.connection.execute(
        "create or replace temp table bits as select unnest(?::ubigint[]) as mask",
        [[check.mask for check in batch.checks]],
    )
    by_mask = {check.mask: check for check in batch.checks}
    for index, mask, rows, examples, value in batch.connection.execute(f"""
        with failed as (
            select id, file_index, errors as failed from rejected
            union all
            select rowid, file_index, warnings from typed where warnings <> 0
                and errors = 0 and rowid not in (select id from rejected)
        )
        select failed.file_index, bits.mask, count(*),
            min({batch.row_number("failed.id")}, {EXAMPLES}), arg_min({_warned(batch)}, failed.id)
        from failed
        join bits on (failed.failed & bits.mask) <> 0
        join typed as t on t.rowid = failed.id
        join files on files.file_index = failed.file_index
        group by 1, 2 order by 1, 3 desc, 2
    """).fetchall():
        check = by_mask[mask]
        reason = Reason(
            check.id,
            check.severity,
            rows,
            examples[0],
            check.columns,
            (*examples[1:],),
            value or "",
        )
        found[index].append(reason)
    rule = f"{batch.dataset.name}.broken_row"
    for index, readable in enumerate(batch.readables):
        if readable.broken:
            first, *more = (number for number, _ in readable.broken[:EXAMPLES])
            reason = Reason(rule, "error", len(readable.broken), first, (), tuple(more))
            found[index].append(reason)
    return found


def _warned(batch: Batch) -> str:
    """Return the expression of what a row says in the column that a warning is about."""
    identities = {column.name for column in batch.dataset.columns if column.is_identity}
    cases = [
        f"when {check.mask} then t.{check.columns[0]}::varchar"
        for check in batch.checks
        if check.severity == "warning" and not identities.intersection(check.columns)
    ]
    return f"case bits.mask {' '.join(cases)} end" if cases else "null::varchar"


def _shown(batch: Batch) -> dict[int, list[Rejected]]:
    """Return the first rejected rows of every file."""
    found: dict[int, list[Rejected]] = defaultdict(list)
    for index, rows in rejected_rows(batch, SHOWN_ROWS):
        found[index] += rows
    for index, rows in found.items():
        found[index] = sorted(rows, key=lambda row: row.row_number)[:SHOWN_ROWS]
    return found


def rejected_rows(batch: Batch, limit: int | None = None) -> Iterator[tuple[int, list[Rejected]]]:
    """Yield rejected rows with the agency's own cells, file by file and slice by slice.

    The rows that were judged come in the order of the file and are at most ``limit`` for each
    file; after them come those that could not be split into cells.
    """
    judged = batch.connection.execute(f"""
        select r.file_index, r.id - files.first_id as position, {batch.row_number()} as number,
            r.errors
        from rejected as r join typed as t on t.rowid = r.id
        join files on files.file_index = r.file_index
        qualify {limit is None} or row_number() over (partition by r.file_index order by r.id)
            <= {limit or 0}
        order by r.file_index, r.id
    """).fetchnumpy()
    rule = (f"{batch.dataset.name}.broken_row",)
    for index, readable in enumerate(batch.readables):
        first, end = judged["file_index"].searchsorted([index, index + 1])
        for start in range(first, end, SLICE_ROWS):
            piece = slice(start, min(start + SLICE_ROWS, end))
            cells = _cells(batch, index, list(judged["position"][piece]))
            numbers, errors = judged["number"][piece].tolist(), judged["errors"][piece].tolist()
            yield (
                index,
                [
                    Rejected(number, _failed(batch, mask), row)
                    for number, mask, row in zip(numbers, errors, cells, strict=True)
                ],
            )
        if readable.broken:
            yield index, [Rejected(number, rule, (text,)) for number, text in readable.broken]


def _failed(batch: Batch, mask: int) -> tuple[str, ...]:
    return tuple(check.id for check in batch.checks if mask & check.mask)


def _cells(batch: Batch, index: int, positions: list[int]) -> list[Cells]:
    """Return the cells of the rows at ``positions`` of a file (0 is the first row of data)."""
    table = batch.readables[index].table
    if table is not None:
        taken = table.drop_columns(["row_number"]).take(positions)
        return list(zip(*(column.to_pylist() for column in taken.columns), strict=True))
    # Of several files read together nobody promises the order.
    batch.connection.register("wanted", pa.table({"position": pa.array(positions, pa.int64())}))
    rows = batch.connection.execute(f"""
        select s.* exclude (position, nth)
        from (select row_number() over () - 1 as position, *
              from ({batch.csv_source([index])})) as s
        join wanted using (position) order by position
    """).fetchall()
    batch.connection.unregister("wanted")
    return [tuple(row) for row in rows]
