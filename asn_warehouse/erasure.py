"""How a person is forgotten: no key leads from the identity to the rows any more, with proof."""

import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from asn_warehouse import audit, following, ops
from asn_warehouse.engines.duckdb import identifier, literal
from asn_warehouse.errors import AsnError, UsageError
from asn_warehouse.lake import read_submissions
from asn_warehouse.persons import Person, find, without_name
from asn_warehouse.rekeying import Progress, key_columns, keyed_files, rekey
from asn_warehouse.settings import Settings
from asn_warehouse.switching import Step, Switch, alone, switching
from asn_warehouse.vault import ensure_private, private_engine

KIND = "erase"


@dataclass(frozen=True)
class Erasure:
    """What an erasure changed, and what was inspected afterwards without finding the person.

    ``landed`` are submitted files, which it does not touch, as ``period/agency/file``. Tables and
    rows of PostgreSQL were searched once it had followed.
    """

    erasure_id: str
    lake_rows: int
    identities: int
    archive_rows: int
    rejected_rows: int
    workbooks: int
    inspected_files: int
    inspected_rows: int
    landed: tuple[str, ...]
    postgres_tables: int = 0
    postgres_rows: int = 0


def erase(
    settings: Settings,
    reason: str,
    *,
    person_key: str | None = None,
    nip: str | None = None,
    progress: Progress | None = None,
    step: Step | None = None,
) -> Erasure:
    """Forget a person: nothing leads from the identity to the rows any more, whoever has the key.

    The person's rows get a random pseudonym that is kept nowhere, so that counts stay what they
    were; the identity goes, and so do rejected rows and workbooks that show the NIP. The proof, in
    ``vault/erasures``, says what was inspected afterwards; it names nobody. Files as submitted are
    the agency's: they are named in the answer.

    Args:
        settings: where things live.
        reason: why, for the audit.
        person_key: the pseudonym of the person, or else
        nip: the NIP.
        progress: told how many files are done, of how many, and the place.
        step: told the name of each step when it is done.

    Raises:
        UsageError: when the reason does not do, or nobody was found.
        ConfigurationError: when the key is not the one that the vault was filled with.
        PublishConflict: when files are being admitted or a month is being published.
        AsnError: when something of the person would be left, and nothing was changed; or when
            PostgreSQL could not follow.
    """
    reason = audit.checked_reason(reason)
    following.assert_reachable(settings)
    try:
        done = _erase(settings, reason, person_key, nip, progress, step)
    except UsageError:
        following.show_audit(settings)
        raise
    searched = following.follow(settings)
    return replace(done, postgres_tables=searched.tables, postgres_rows=searched.rows)


def _erase(
    settings: Settings,
    reason: str,
    person_key: str | None,
    nip: str | None,
    progress: Progress | None,
    step: Step | None,
) -> Erasure:
    with alone(settings) as settled:
        person = find(settings, person_key, nip)
        chosen = _files_of(settings, person.key)
        rejected = _rejected_of(settings, person.nip)
        if not chosen and not rejected:
            if settled is not None and settled.kind == KIND:
                return Erasure(**settled.result | {"landed": tuple(settled.result["landed"])})
            audit.record(settings, KIND, reason=reason, details="nobody was found")
            raise UsageError(
                "Lake and vault hold nobody of that NIP or pseudonym.",
                mend="A person that was erased is not found again.",
            )
        landed = _landed(settings, person, chosen, rejected)
        with switching(settings, KIND, step) as switch:
            # What the person has in each place: all of it leaves the vault, none of it the others.
            counts = _count(settings, person.key, chosen)
            other = secrets.token_hex(32)
            rekey(
                settings,
                switch,
                chosen,
                lambda c: f"case when {c} = '{person.key}' then '{other}' else {c} end",
                progress,
                gone=f"person_key = '{person.key}'",
            )
            books = _blank(settings, switch, rejected)
            files, rows = _inspected(settings, switch, person)
            done = Erasure(
                erasure_id=switch.id,
                lake_rows=counts["lake"],
                identities=counts["vault"],
                archive_rows=counts["warehouse"],
                rejected_rows=sum(len(numbers) for numbers in rejected.values()),
                workbooks=books,
                inspected_files=files,
                inspected_rows=rows,
                landed=landed,
            )
            _prove(settings, switch, done)
            switch.result = asdict(done)
            switch.subject = person.key
            switch.audit = {
                "who": audit.actor(settings),
                "reason": without_name(reason, person.identity),
                "details": f"proof {switch.id}",
            }
            switch.commit()
    return done


def _count(settings: Settings, key: str, chosen: dict[Path, list[str]]) -> dict[str, int]:
    counts = {"lake": 0, "vault": 0, "warehouse": 0}
    with private_engine(settings) as connection:
        for path, columns in chosen.items():
            place = path.relative_to(settings.home).parts[0]
            counts[place] += _occurrences(connection, path, columns, key)[0]
    return counts


def _occurrences(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str], key: str
) -> tuple[int, int]:
    """Return how many rows of a file have ``key`` in one of these columns, of how many."""
    is_hers = " or ".join(f"{identifier(name)} = {literal(key)}" for name in columns)
    found = connection.execute(
        f"select count(*) filter (where {is_hers}), count(*)"
        f" from read_parquet({literal(path)}, hive_partitioning = false)"
    ).fetchall()[0]
    return int(found[0]), int(found[1])


def _files_of(settings: Settings, key: str) -> dict[Path, list[str]]:
    with private_engine(settings) as connection:
        return {
            path: columns
            for path, columns in keyed_files(settings).items()
            if _occurrences(connection, path, columns, key)[0]
        }


def _rejected_files(settings: Settings) -> list[Path]:
    return sorted((settings.vault / "rejected").glob("*/period=*/[!.]*.parquet"))


def _rejected_of(settings: Settings, nip: str | None) -> dict[Path, list[int]]:
    """Return the positions of the rejected rows that show the NIP, by file."""
    if nip is None:
        return {}
    found = {path: _showing(path, nip) for path in _rejected_files(settings)}
    return {path: positions for path, positions in found.items() if positions}


def _showing(path: Path, nip: str) -> list[int]:
    cells = pq.read_table(path, columns=["cells"], partitioning=None)["cells"].to_pylist()
    return [at for at, text in enumerate(cells) if nip in re.sub(r"\D", "", text)]


def _blank(settings: Settings, switch: Switch, rejected: dict[Path, list[int]]) -> int:
    """Stage rejected rows without what they hold; return how many workbooks will go with it."""
    books = set()
    for path, positions in rejected.items():
        table = pq.read_table(path, partitioning=None)
        rows = table.to_pylist()
        for at in positions:
            content = json.loads(rows[at]["cells"])
            content["cells"] = [None] * len(content["cells"])
            rows[at]["cells"] = json.dumps(content, ensure_ascii=False)
            books.add(_workbook(settings, path, rows[at]["agency_code"]))
        with switch.staging(path) as staged:
            pq.write_table(
                pa.Table.from_pylist(rows, schema=table.schema), staged, compression="zstd"
            )
    there = [book for book in sorted(books) if book.exists()]
    for book in there:
        switch.remove(book)
    return len(there)


def _workbook(settings: Settings, rejected: Path, agency: str) -> Path:
    """Return the workbook that an agency was given of the rejected rows of a file."""
    period = rejected.parent.name.removeprefix("period=")
    dataset = rejected.parent.parent.name
    return settings.outbox / period / agency / f"{dataset}.ditolak.xlsx"


def _landed(
    settings: Settings,
    person: Person,
    chosen: dict[Path, list[str]],
    rejected: dict[Path, list[int]],
) -> tuple[str, ...]:
    """Return the submitted files that name the person and still lie where they landed."""
    ids: set[str] = set()
    with private_engine(settings) as connection:
        for path in chosen:
            if path.is_relative_to(settings.lake):
                found = connection.execute(
                    "select distinct submission_id::varchar"
                    f" from read_parquet({literal(path)}, hive_partitioning = false)"
                    " where person_key = ?",
                    [person.key],
                ).fetchall()
                ids |= {row[0] for row in found}
    for path, positions in rejected.items():
        rows = pq.read_table(path, columns=["submission_id"], partitioning=None).to_pylist()
        ids |= {rows[at]["submission_id"] for at in positions}
    names = {
        f"{row['period']}/{row['agency_code']}/{row['file_name']}"
        for row in read_submissions(settings).to_pylist()
        if row["submission_id"] in ids
    }
    is_far = settings.landing_url is not None
    return tuple(sorted(n for n in names if is_far or (settings.landing / n).exists()))


def _inspected(settings: Settings, switch: Switch, person: Person) -> tuple[int, int]:
    """Return how many files and rows were searched for the person as they will be.

    Raises:
        AsnError: when the person is found; nothing was changed.
    """
    files = rows = left = 0
    with private_engine(settings) as connection:
        for path, columns in keyed_files(settings).items():
            future = switch.future(path)
            found, size = _occurrences(connection, future, columns, person.key)
            if path.is_relative_to(settings.vault) and person.nip:
                found += _occurrences(connection, future, ["nip"], person.nip)[0]
            files, rows, left = files + 1, rows + size, left + found
        if settings.marts_database.exists():
            place = literal(switch.future(settings.marts_database))
            connection.execute(f"attach {place} as served (read_only)")
            for table, column in connection.execute(
                "select table_name, column_name from duckdb_columns()"
                " where database_name = 'served' and schema_name = 'main'"
            ).fetchall():
                if column in key_columns(settings):
                    found, size = connection.execute(
                        f"select count(*) filter (where {identifier(column)} = ?), count(*)"
                        f" from served.main.{identifier(table)}",
                        [person.key],
                    ).fetchall()[0]
                    rows, left = rows + size, left + found
            files += 1
    for path in _rejected_files(settings):
        files, rows = files + 1, rows + pq.read_metadata(path).num_rows
        left += len(_showing(switch.future(path), person.nip)) if person.nip else 0
    if left:
        raise AsnError(
            f"The person would still be found in {left} rows.", mend="Nothing was changed."
        )
    return files, rows


def _prove(settings: Settings, switch: Switch, done: Erasure) -> None:
    """Stage the proof: what was changed and what was inspected; it names nobody."""
    folder = ensure_private(settings.vault, "erasures")
    content: dict[str, Any] = asdict(done) | {"landed": len(done.landed)}
    content |= {"erased_at": ops.stamp(ops.now()), "found_afterwards": 0}
    del content["postgres_tables"], content["postgres_rows"]
    with switch.staging(folder / f"{done.erasure_id}.json") as staged:
        staged.touch(mode=0o600)
        staged.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
