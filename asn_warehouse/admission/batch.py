"""Judges the rows of a batch: typed values, failed checks, duplicates, in a few DuckDB statements.

A batch is files of one dataset and period that are read together, of whatever layouts. Nothing is
stored here; ``check`` and admission share this code, so that they cannot differ.
"""

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from asn_warehouse.admission import parsing, rules
from asn_warehouse.admission.readers import CsvLayout, Readable, read_repaired
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings
from asn_warehouse.vault import chained_sql, pseudonym_keys

BLANK = 1 << 63
"""The mask of a row without any value: it is no row."""

PEOPLE = ("nip", "respondent")
"""Kinds of identity that many rows share; any other names one row, as a certificate does."""

REJECTS = ("reject_errors", "reject_scans")
MAX_LINE_BYTES = 64 * 1024**2


class Batch:
    """Files of one dataset and period on an embedded engine, judged row by row.

    Tables on the connection: ``files``, ``typed`` (one row per row read, ``rowid`` in file order),
    ``key_<column>`` (pseudonyms of distinct people), ``rejected`` (``id`` of ``typed``).
    Files of one layout stand together in ``readables``, those that are tables of text come last.
    ``refused`` are files, by their index, that only reading showed to be of no use.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings: Settings,
        dataset: Dataset,
        period: Period,
        readables: list[Readable],
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.dataset = dataset
        self.period = period
        layouts = list(dict.fromkeys(r.layout for r in readables if r.layout is not None))
        self.readables = sorted(readables, key=lambda r: [*layouts, None].index(r.layout))
        self.checks = rules.checks(dataset)
        self.refused: dict[int, SubmissionRefused] = {}

    # -- reading ---------------------------------------------------------------------------------

    def load(self) -> None:
        """Read all rows into ``typed``; a CSV that DuckDB cannot split is read line by line."""
        for table in ("typed", "rejected", "files", "gathered", *self._key_tables(), *REJECTS):
            self.connection.execute(f"drop table if exists {table}")
        self._register_files()
        layouts = self.by_layout(range(len(self.readables)))
        if layouts:
            rows = self._csv_rows(layouts[0]) if len(layouts) == 1 else self._gathered(layouts)
            self.connection.execute(f"create temp table typed as {self._typed(rows)}")
            self.connection.execute("drop table if exists gathered")
            self._repair()
        landed = self._landed()
        if landed is not None:
            into = "insert into typed" if layouts else "create temp table typed as"
            self.connection.register("landed", landed)
            # A table's chunks arrive in any order; ``rowid`` must be the order of the files.
            order = "order by v.file_index, v.row_number"
            self.connection.execute(f"{into} {self._typed('select * from landed')} {order}")
            self.connection.unregister("landed")
        self.connection.execute("""
            update files set first_id = s.first_id
            from (select file_index, min(rowid) as first_id from typed group by 1) as s
            where files.file_index = s.file_index
        """)

    def by_layout(self, indexes: Iterable[int]) -> list[list[int]]:
        """Return the CSVs among the files ``indexes`` that DuckDB reads, by layout."""
        groups: dict[CsvLayout, list[int]] = defaultdict(list)
        for index in indexes:
            layout = self.readables[index].layout
            if layout is not None:
                groups[layout].append(index)
        return list(groups.values())

    def _register_files(self) -> None:
        table = pa.table(
            {
                "file_index": pa.array(range(len(self.readables)), pa.int32()),
                "first_row": pa.array([r.first_row for r in self.readables], pa.int32()),
                "known_until": pa.array(
                    [max(self.period.last_day, r.file.received_on) for r in self.readables]
                ),
                "period_end": pa.array([self.period.last_day] * len(self.readables)),
            }
        )
        self.connection.register("described", table)
        self.connection.execute(
            "create temp table files as select *, 0::bigint as first_id from described"
        )
        self.connection.unregister("described")

    def csv_source(self, indexes: list[int]) -> str:
        """Return the query of all rows of CSVs of one layout, as text; ``nth`` tells the file."""
        layout = self.readables[indexes[0]].layout
        if layout is None:
            raise ValueError("not CSVs")
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(layout.header.width))
        names = ", ".join(parsing.literal(str(self.readables[index].source)) for index in indexes)
        return (
            "select file_index::integer as nth, *"
            f" from read_csv([{names}], columns={{{columns}}},"
            f" delim={parsing.literal(layout.delimiter)}, quote='\"', escape='\"', header=true,"
            " auto_detect=false, strict_mode=true, store_rejects=true,"
            f" max_line_size={MAX_LINE_BYTES})"
        )

    def _csv_rows(self, indexes: list[int]) -> str:
        """Return the query of the same rows under the contract's column names."""
        positions = self.readables[indexes[0]].header.by_name
        columns = ", ".join(
            f"c{positions[c.name]} as {c.name}"
            if c.name in positions
            else f"null::varchar as {c.name}"
            for c in self.dataset.columns
        )
        return (
            f"select nth + {indexes[0]} as file_index, null::integer as row_number, {columns}"
            f" from ({self.csv_source(indexes)})"
        )

    def _gathered(self, layouts: list[list[int]]) -> str:
        """Return the query of the rows of several layouts, gathered into one table.

        To plan the typed values takes longer than to read a small file: once must do for all.
        """
        into = "create temp table gathered as"
        for indexes in layouts:
            self.connection.execute(f"{into} {self._csv_rows(indexes)}")
            into = "insert into gathered"
        return "select * from gathered"

    def _landed(self) -> pa.Table | None:
        """Return the rows of all tables under the contract's column names."""
        parts = []
        for index, readable in enumerate(self.readables):
            if readable.table is None or index in self.refused:
                continue
            table, positions = readable.table, readable.header.by_name
            absent = pa.nulls(len(table), pa.string())
            columns = {
                c.name: table[f"c{positions[c.name]}"] if c.name in positions else absent
                for c in self.dataset.columns
            }
            fixed = {
                "file_index": pa.array([index] * len(table), pa.int32()),
                "row_number": table["row_number"],
            }
            parts.append(pa.table({**fixed, **columns}))
        return pa.concat_tables(parts) if parts else None

    def _repair(self) -> None:
        """Read the CSVs of which DuckDB could not split some row line by line instead."""
        rows = self.connection.execute("""
            select distinct s.file_path from reject_errors as e
            join reject_scans as s on e.scan_id = s.scan_id and e.file_id = s.file_id
        """).fetchall()
        paths = {path for (path,) in rows}
        found = self.per_file("select file_index, count(*) from typed group by 1")
        unsound = [
            index
            for index, r in enumerate(self.readables)
            if r.layout is not None
            and (str(r.source) in paths or r.rows not in (None, found.get(index, 0)))
        ]
        for index in unsound:
            self.connection.execute("delete from typed where file_index = ?", [index])
            try:
                read_repaired(self.readables[index])
            except SubmissionRefused as refusal:
                self.refused[index] = refusal

    def _typed(self, source: str) -> str:
        """Return the query that makes typed values and masks of ``source``, in one pass."""
        columns = self.dataset.columns
        names = [c.name for c in columns]
        texts = ", ".join(f"{parsing.text_value(c.name, c)} as {c.name}" for c in columns)
        values = ", ".join(
            f"{rules.typed_value(c, self.settings)} as {c.name}, t.{c.name} as {c.name}__text"
            for c in columns
        )
        day = self.period.last_day
        errors = rules.error_mask(self.dataset, self.checks, self.settings, day)
        warnings = rules.warning_mask(self.dataset, self.checks, self.settings, day)
        blank = f"coalesce({', '.join(f'v.{n}__text' for n in names)}) is null"
        return f"""
            with source as ({source}),
            texts as (select file_index, row_number, {texts} from source),
            valued as (select file_index, row_number, {values} from texts as t)
            select v.file_index, v.row_number, {", ".join(f"v.{n}" for n in names)},
                case when {blank} then {BLANK}::ubigint else {errors} end as errors,
                case when {blank} then 0::ubigint else {warnings} end as warnings
            from valued as v join files using (file_index)
        """

    # -- judging ---------------------------------------------------------------------------------

    def judge(self) -> None:
        """Make the tables of pseudonyms and of rejected rows; ``load`` must have succeeded."""
        self._make_keys()
        self._reject()

    def _key_tables(self) -> list[str]:
        return [f"key_{c.name}" for c in self._keyed()]

    def _keyed(self) -> list[Column]:
        """Return the columns that name people, of whom there are far fewer than rows."""
        return [c for c in self.dataset.columns if c.kind in PEOPLE and c.key_name is not None]

    def _mask(self, rule: str) -> int:
        return next((check.mask for check in self.checks if check.id == rule), 0)

    def _make_keys(self) -> None:
        """Create the pseudonym of every distinct identity, and judge every distinct NIP."""
        keys = pseudonym_keys(self.settings)
        for column in self._keyed():
            salted, mask = _salted(column, "value"), "0::ubigint"
            if column.kind == "nip":
                rule = f"{self.dataset.name}.{column.name}"
                excel, wrong = self._mask(f"{rule}.excel_number"), self._mask(f"{rule}.format")
                mask = parsing.nip_layout_mask("value", excel, wrong)
            self.connection.execute(f"""
                create temp table key_{column.name} as
                select value, {chained_sql(keys, salted)} as key, {mask} as mask
                from (select distinct {column.name} as value from typed
                      where {column.name} is not null)
            """)

    def _reject(self) -> None:
        """Create ``rejected``: failed checks, damaged NIPs, duplicates and conflicts.

        A damaged NIP is nobody's: rows that share one are neither equal nor in conflict.
        """
        keys = [c.name for c in self.dataset.key]
        names = [c.name for c in self.dataset.columns]
        nips = [c.name for c in self._keyed() if c.kind == "nip"]
        damaged = " union all ".join(
            f"""select t.rowid as id, t.file_index, k.mask as errors
                from typed as t join key_{n} as k on t.{n} = k.value where k.mask <> 0"""
            for n in nips
        )
        whole_key = " and ".join(f"{n} is not null" for n in keys)
        sound_key = " and ".join(
            f"{n} not in (select value from key_{n} where mask <> 0)" for n in nips if n in keys
        )
        conflict = self._mask(f"{self.dataset.name}.conflict")
        duplicate = self._mask(f"{self.dataset.name}.duplicate")
        self.connection.execute(f"""
            create temp table rejected as
            with repeated as (
                select h from (
                    select hash(file_index, {", ".join(keys)}) as h from typed where {whole_key}
                ) group by h having count(*) > 1
            ),
            candidates as (
                select rowid as id, file_index, {", ".join(keys)},
                    row({", ".join(names)}, errors) as content
                from typed
                where {whole_key} and {sound_key or "true"}
                    and hash(file_index, {", ".join(keys)}) in (select h from repeated)
            ),
            grouped as (
                select id, file_index,
                    count(*) over same_key as rows,
                    count(distinct content) over same_key as contents,
                    row_number() over (same_key order by id) as nth
                from candidates
                window same_key as (partition by file_index, {", ".join(keys)})
            ),
            failed as (
                select rowid as id, file_index, errors from typed
                where errors <> 0 and errors <> {BLANK}::ubigint
                {"union all " + damaged if damaged else ""}
                union all
                select id, file_index,
                    case when contents > 1 then {conflict}::ubigint else {duplicate}::ubigint end
                from grouped where contents > 1 or nth > 1
            )
            select id, any_value(file_index) as file_index, bit_or(errors) as errors
            from failed group by id order by id
        """)

    # -- reporting -------------------------------------------------------------------------------

    def row_number(self, identifier: str = "t.rowid") -> str:
        """Return the expression of a row's number as a spreadsheet shows it (``t``, ``files``)."""
        return f"coalesce(t.row_number, ({identifier} - files.first_id + files.first_row)::integer)"

    def accepted(self, joins: str = "") -> str:
        """Return FROM and WHERE of the accepted rows: ``t``, ``files``, pseudonyms, ``joins``."""
        keys = " ".join(
            f"left join key_{c.name} on t.{c.name} = key_{c.name}.value" for c in self._keyed()
        )
        return f"""from typed as t join files using (file_index) {keys} {joins}
            where t.errors = 0 and t.rowid not in (select id from rejected)"""

    def lake_value(self, column: Column) -> str:
        """Return the expression over ``accepted`` of what the lake holds of ``column``."""
        if not column.is_identity:
            return f"t.{column.name}"
        if column in self._keyed():
            return f"key_{column.name}.key"
        return chained_sql(pseudonym_keys(self.settings), _salted(column, f"t.{column.name}"))

    def lake_select(self) -> str:
        """Return the expressions of the dataset's own lake columns over ``accepted``."""
        parts = []
        for column in self.dataset.columns:
            if column.lake_name is None:
                continue
            value = self.lake_value(column)
            if column.default is not None:
                value = f"coalesce({value}, {column.default})"
            parts.append(f"({value})::{column.lake_type} as {column.lake_name}")
        parts += [f"({d.expression})::{d.type} as {d.name}" for d in self.dataset.derived]
        return ", ".join([*parts, f"{self._warning_text()} as warnings"])

    def _warning_text(self) -> str:
        warned = [check for check in self.checks if check.severity == "warning"]
        if not warned:
            return "null::varchar"
        names = ", ".join(
            f"case when (t.warnings & {check.mask}) <> 0 then '{check.id}' end" for check in warned
        )
        return f"case when t.warnings <> 0 then concat_ws(';', {names}) end"

    def per_file(self, query: str) -> dict[int, int]:
        """Return what ``query`` counts for each file, by its index."""
        return dict(self.connection.execute(query).fetchall())


def _salted(column: Column, value: str) -> str:
    """Return the text of which the pseudonym is made: an NIP's digits are the same everywhere."""
    return f"{value}::varchar" if column.kind == "nip" else f"'{column.name}:' || {value}"
