"""Parquet: typed columns as the text that a person would have typed."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from asn_warehouse.admission.header import Header, match_header, refuse_forbidden
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.readers.base import (
    AMBIGUOUS_FRACTION,
    CELL_CHARACTERS,
    CHUNK_ROWS,
    TABLE_BYTES,
    Readable,
    damaged_nip,
    numbered,
    refuse_bomb,
    refuse_excess,
)
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

BUFFER_BYTES = 1024**2
MAX_CELLS = 60_000_000
"""So many values of the contract's columns are more than any agency has."""


def open_parquet(settings: Settings, file: LandedFile, dataset: Dataset, sha256: str) -> Readable:
    """Return the contract's columns of a Parquet file as rows of text; the first row is row 1.

    What the schema alone refuses is refused before any data are read.

    Raises:
        SubmissionRefused: when it is damaged, or breaks the header rules.
    """
    try:
        # Texts come as dictionaries, so that one long text repeated a million times stays small.
        schema = pq.read_schema(file.path)
        texts = [field.name for field in schema if _kind(field.type) == "text"]
        with pq.ParquetFile(file.path, buffer_size=BUFFER_BYTES, read_dictionary=texts) as source:
            header = _header(dataset, schema, source.schema)
            taken = [schema.names[position] for _, position in header.positions]
            _refuse_bomb(settings, source, file.size, len(taken))
            chunks, size, first = [], 0, 1
            for batch in source.iter_batches(CHUNK_ROWS, columns=taken):
                chunks.append(_chunk(settings, dataset, header, batch, taken, first))
                size += chunks[-1].nbytes
                refuse_excess(size)
                first += len(batch)
    except (pa.ArrowException, OSError) as error:
        if "UTF8" in str(error):
            raise SubmissionRefused("file.encoding") from error
        raise SubmissionRefused("file.unreadable", value="Parquet") from error
    if not chunks:
        raise SubmissionRefused("file.no_rows")
    own = Header(
        positions=tuple((name, index) for index, (name, _) in enumerate(header.positions)),
        width=len(taken),
        ignored=header.ignored,
    )
    table = pa.concat_tables(chunks)
    return Readable(file, sha256, "parquet", own, tuple(taken), 1, table=table)


def _header(dataset: Dataset, schema: pa.Schema, leaves: pq.ParquetSchema) -> Header:
    """Return the header of a file's schema; no column of the contract may hold several values."""
    refuse_forbidden(
        part for index in range(len(leaves)) for part in leaves.column(index).path.split(".")
    )
    header = match_header(dataset, schema.names)
    odd = [
        schema.names[position]
        for _, position in header.positions
        if _kind(schema.field(position).type) is None
    ]
    if odd:
        raise SubmissionRefused("file.nested_column", value=", ".join(odd))
    return header


def _kind(kind: pa.DataType) -> str | None:
    """Return whether a type is text or another single value; None for all others."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    texts = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
    others = ("boolean", "integer", "floating", "decimal", "date", "timestamp", "null")
    if any(getattr(pa.types, f"is_{name}")(kind) for name in texts):
        return "text"
    return "other" if any(getattr(pa.types, f"is_{name}")(kind) for name in others) else None


def _refuse_bomb(settings: Settings, source: pq.ParquetFile, packed: int, columns: int) -> None:
    """Refuse by what the file says of itself: a value repeated a billion times takes no bytes."""
    meta = source.metadata
    expanded = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    refuse_bomb(packed, expanded, settings.max_expanded_bytes)
    if meta.num_rows * columns > MAX_CELLS:
        raise SubmissionRefused("file.too_large", value=f"{meta.num_rows * columns} sel")


def _chunk(
    settings: Settings,
    dataset: Dataset,
    header: Header,
    batch: pa.RecordBatch,
    taken: list[str],
    first: int,
) -> pa.Table:
    places = [batch.schema.names.index(name) for name in taken]
    columns = [
        _text(batch.column(place), dataset.column(name), title, settings.timezone)
        for place, title, (name, _) in zip(places, taken, header.positions, strict=True)
    ]
    numbers = pa.array(range(first, first + len(batch)), pa.int32())
    return numbered(numbers, columns)


def _text(values: pa.Array, column: Column, title: str, zone: str) -> pa.Array:
    """Return ``values`` as text."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _plain_text(values, title)
    if pa.types.is_boolean(kind):
        return pc.if_else(values, "Y", "T")
    if pa.types.is_timestamp(kind):
        return pc.cast(_local(values, zone), pa.string())
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
        if column.kind == "nip":
            found: list[Any] = values.to_pylist()
            return pa.array([None if v is None else damaged_nip(v) for v in found], pa.string())
    text = pc.cast(values, pa.string())
    if column.kind in ("integer", "number"):
        is_ambiguous = pc.match_substring_regex(text, f"^{AMBIGUOUS_FRACTION}$")
        text = pc.if_else(is_ambiguous, pc.binary_join_element_wise(text, "0", ""), text)
    return text


def _plain_text(values: pa.DictionaryArray, title: str) -> pa.Array:
    """Return texts written out, unless one of them or all together are too long."""
    texts = pc.cast(values.dictionary, pa.string())
    lengths = pc.binary_length(texts)
    if len(texts) and (pc.max(lengths).as_py() or 0) > CELL_CHARACTERS:
        raise SubmissionRefused("file.long_cell", value=title)
    if (pc.sum(pc.take(lengths, values.indices)).as_py() or 0) > TABLE_BYTES // 4:
        raise SubmissionRefused("file.too_large", value=f"> {TABLE_BYTES // 1024**2} MB")
    return pc.take(texts, values.indices)


def _local(values: pa.Array, zone: str) -> pa.Array:
    """Return moments as clocks show them where they were written; UTC is nobody's clock here."""
    if values.type.tz is None:
        return values
    tz = zone if values.type.tz in ("UTC", "Etc/UTC", "Z", "+00:00") else values.type.tz
    return pc.local_timestamp(pc.cast(values, pa.timestamp(values.type.unit, tz)))
