"""Writes what admission accepted: rows to the lake, identities to the vault."""

from pathlib import Path

import pyarrow as pa

from asn_warehouse import vault
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.outcomes import Outcome
from asn_warehouse.admission.parsing import literal, mapping
from asn_warehouse.errors import ConservationError
from asn_warehouse.files import replacing
from asn_warehouse.settings import Settings

ROW_GROUP = 61_440
"""Rows of a row group: small enough that two cores are busy with a chunk to its end.

A batch that fits into one is written in the order of its files. The rows of a larger one come as
the cores deliver them: sorting them takes as long as all the rest, and nothing reads their order.
"""


def write_batch(
    settings: Settings, period: str, batch: Batch, outcomes: list[Outcome], batch_id: str
) -> None:
    """Write a batch's accepted rows to the lake and its identities to the vault.

    ``outcomes`` are numbered and in the order of the batch's files. A replay's rows stand beside
    those of the submission that it takes over.

    Raises:
        ConservationError: what was written is not what was accepted; no file is left.
    """
    wanted = [
        (index, o.submission_id, o.file.agency_code)
        for index, o in enumerate(outcomes)
        if o.status != "ditolak" and not o.is_known
    ]
    if not wanted:
        return
    vault.keep_check(settings)
    _register(batch, wanted)
    taken_over = {o.takes_over: o.submission_id for o in outcomes if o.takes_over}
    order = "t.file_index, t.rowid" if sum(o.rows_accepted for o in outcomes) <= ROW_GROUP else None
    place = f"{batch.dataset.name}/period={period}"
    lake = f"{batch.row_number()} as row_number, {batch.lake_select()}"
    options = f", compression_level 1, parquet_version v2, row_group_size {ROW_GROUP}"
    with replacing(settings.lake / place / f"{batch_id}.parquet") as target:
        batch.connection.execute(
            f"copy ({_rows(batch, lake, order, taken_over, target.parent)})"
            f" to {literal(str(target))} (format parquet, compression zstd{options})"
        )
        _assert_whole(batch, outcomes, target)
    private = _private_select(batch)
    if not private:
        return
    folder = vault.ensure_private(settings.vault, "identity", *place.split("/"))
    with replacing(folder / f"{batch_id}.parquet") as target:
        batch.connection.execute(
            f"copy ({_rows(batch, private, order, taken_over, folder)})"
            f" to {literal(str(target))} (format parquet, compression zstd)"
        )
        target.chmod(0o600)


def _assert_whole(batch: Batch, outcomes: list[Outcome], file: Path) -> None:
    """Raise unless ``file`` has of every submission as many rows as were accepted."""
    accepted = {
        o.submission_id: o.rows_accepted for o in outcomes if o.rows_accepted and not o.is_known
    }
    written = dict(
        batch.connection.execute(
            f"select submission_id, count(*) from read_parquet({literal(str(file))}) group by 1"
        ).fetchall()
    )
    for name in sorted({*accepted, *written}):
        if accepted.get(name, 0) != written.get(name, 0):
            raise ConservationError(
                f"Submission {name or 'without an id'} ({batch.dataset.name}):"
                f" {accepted.get(name, 0)} rows accepted, {written.get(name, 0)} written.",
                mend="Nothing of its batch was stored. Run it again; if it stays, report it.",
            )


def _register(batch: Batch, wanted: list[tuple[int, str, str]]) -> None:
    """Make the table ``submitted``: which file of the batch is which submission.

    Its names are text, not an enum: DuckDB 2.0 marks the members of an enum that a Parquet file
    uses without a lock, and now and then one that two threads meet at once is written as ''.
    """
    columns = [pa.array(column) for column in zip(*wanted, strict=True)]
    described = pa.table(columns, names=["file_index", "submission_id", "agency_code"])
    batch.connection.register("described", described)
    batch.connection.execute(
        "create or replace temp table submitted as"
        " select * replace (file_index::integer as file_index) from described"
    )
    batch.connection.unregister("described")


def _rows(
    batch: Batch, columns: str, order: str | None, taken_over: dict[str, str], folder: Path
) -> str:
    """Return the query of a batch's accepted rows and of the rows in ``folder`` it takes over."""
    fresh = (
        f"select submission_id, agency_code, {columns}"
        f" {batch.accepted('join submitted using (file_index)')}"
    )
    if order is not None:
        fresh += f" order by {order}"
    if not taken_over or not any(folder.glob("*.parquet")):
        return fresh
    successor = mapping(taken_over, "submission_id")
    stored = literal(str(folder / "*.parquet"))
    known = ", ".join(literal(name) for name in taken_over)
    return (
        f"select * from ({fresh}) union all by name"
        f" select * replace ({successor} as submission_id)"
        f" from read_parquet({stored}, union_by_name = true, hive_partitioning = false)"
        f" where submission_id in ({known})"
    )


def _private_select(batch: Batch) -> str:
    """Return the expressions of the identity columns that the lake must not have, if any."""
    private = [c for c in batch.dataset.columns if c.is_identity and c.key_name is None]
    if not private:
        return ""
    nips = [c for c in batch.dataset.columns if c.kind == "nip"]
    return ", ".join(
        [f"key_{c.name}.key as {c.key_name}, t.{c.name}::varchar as {c.name}" for c in nips]
        + [f"t.{c.name}" for c in private]
    )
