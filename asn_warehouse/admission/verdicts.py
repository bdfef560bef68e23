"""What became of each file of a judged batch: counts, reasons, and its rejected rows."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa

from asn_warehouse.admission.batch import BLANK, Batch
from asn_warehouse.admission.readers import Readable
from asn_warehouse.errors import ConservationError

EXAMPLES = 3
"""So many rows of each reason are named."""


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
    """What becomes of one file; counts are rows, ``cells_filled`` counts accepted values."""

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
    rows = _rejected_rows(batch)
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
        if verdict.rows_accepted != counted or len(verdict.rejected) != verdict.rows_rejected:
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


def _rejected_rows(batch: Batch) -> dict[int, list[Rejected]]:
    """Return the rejected rows of every file with the agency's own cells."""
    found: dict[int, list[Rejected]] = defaultdict(list)
    masks: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for index, position, number, errors in batch.connection.execute(f"""
        select r.file_index, r.id - files.first_id, {batch.row_number()}, r.errors
        from rejected as r join typed as t on t.rowid = r.id
        join files on files.file_index = r.file_index order by r.id
    """).fetchall():
        masks[index].append((position, number, errors))
    positions = {index: [row[0] for row in wanted] for index, wanted in masks.items()}
    cells = _cells(batch, positions)
    for index, wanted in masks.items():
        for (_, number, errors), row in zip(wanted, cells[index], strict=True):
            failed = tuple(check.id for check in batch.checks if errors & check.mask)
            found[index].append(Rejected(number, failed, row))
    rule = (f"{batch.dataset.name}.broken_row",)
    for index, readable in enumerate(batch.readables):
        found[index] += [Rejected(number, rule, (text,)) for number, text in readable.broken]
        found[index].sort(key=lambda row: row.row_number)
    return found


def _cells(batch: Batch, positions: dict[int, list[int]]) -> dict[int, list[Cells]]:
    """Return the cells of rows by file; position 0 is the first row of data."""
    found: dict[int, list[Cells]] = {}
    for index, wanted in positions.items():
        table = batch.readables[index].table
        if table is not None:
            taken = table.drop_columns(["row_number"]).take(wanted)
            found[index] = list(zip(*(column.to_pylist() for column in taken.columns), strict=True))
    rows = batch.per_file("select file_index, count(*) from typed group by 1")
    for indexes in batch.by_layout(positions):
        before = list(accumulate((rows[index] for index in indexes), initial=0))
        wanted = [
            start + position
            for start, index in zip(before, indexes, strict=False)
            for position in positions[index]
        ]
        batch.connection.register("wanted", pa.table({"position": pa.array(wanted, pa.int64())}))
        for nth, *cells in batch.connection.execute(f"""
            select s.* exclude (position)
            from (select row_number() over () - 1 as position, *
                  from ({batch.csv_source(indexes)})) as s
            join wanted using (position) order by position
        """).fetchall():
            found.setdefault(indexes[nth], []).append(tuple(cells))
        batch.connection.unregister("wanted")
    return found
