"""JSON and JSON Lines: lists of records, bare or in the envelopes of SIASN's web service.

A record is an object. An envelope is an object whose ``data`` is a list of records or one record;
SIASN adds a ``code``, which is 0 where it has nothing to give. Lists of envelopes come of asking
person by person.
"""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import ijson

from asn_warehouse.admission.header import refuse_forbidden
from asn_warehouse.admission.landing import LandedFile
from asn_warehouse.admission.readers.base import Broken, Readable
from asn_warehouse.admission.readers.encodings import as_utf8, is_blank
from asn_warehouse.admission.readers.records import Nested, Pairs, Records, region_codes
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

Events = Iterator[tuple[str, Any]]
BUFFER_BYTES = 256 * 1024
LINE_BYTES = 16 * 1024**2
"""A longer line of JSON Lines is not one record nor the answer for one person."""

MAX_DEPTH = 8
"""Records lie no deeper in lists and envelopes."""

_ENVELOPE = ("code", "data")
_CONTAINERS = ("start_map", "start_array")
_DAMAGES = (ijson.JSONError, UnicodeDecodeError)
"""What the parser raises; the second where a text has half of a pair of signs."""


class _NotRecords(ValueError):
    """JSON that is neither a record nor a list or an envelope of records."""


class _Utf8:
    """A stream that checks that its bytes are UTF-8, as the parser does not in full."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            SubmissionRefused: when they are no UTF-8.
        """
        block = self._stream.read(size)
        try:
            self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise SubmissionRefused("file.encoding") from error
        return block


class _Envelopes:
    """What the envelopes of a file said of it."""

    def __init__(self) -> None:
        self.is_siasn = False
        self.is_empty_handed = False

    def note(self, code: object, rows: int) -> None:
        """Take note of an envelope's code, where it has one, and of how many records it held."""
        self.is_siasn |= code is not None
        is_refusal = str(code).casefold() in ("0", "false")
        if is_refusal and rows:
            raise SubmissionRefused("file.siasn_empty")
        self.is_empty_handed |= is_refusal


def open_json(
    settings: Settings, file: LandedFile, dataset: Dataset, sha256: str, scratch: Path
) -> Readable:
    """Return the records of a JSON or JSON Lines file as rows.

    A record's row number is its place in the file; in JSON Lines it is its line, or goes on
    counting where a line holds several.

    Raises:
        SubmissionRefused: when it is damaged, holds no records, or breaks the header rules.
    """
    path = as_utf8(Path(file.path), scratch / f"{sha256}.utf8.json")
    if is_blank(path):
        raise SubmissionRefused("file.empty")
    records, envelopes, broken = (
        Records(dataset, _regions(settings, dataset)),
        _Envelopes(),
        Broken(),
    )
    with path.open("rb") as stream:
        if stream.read(3) != b"\xef\xbb\xbf":
            stream.seek(0)
        if file.suffix == ".jsonl":
            _read_lines(stream, records, envelopes, broken)
        else:
            _read_whole(stream, records, envelopes)
    if not records.count:
        raise SubmissionRefused(_nothing(envelopes, broken))
    header, titles, table = records.finish(is_siasn=envelopes.is_siasn)
    name = file.suffix.lstrip(".")
    return Readable(file, sha256, name, header, titles, 1, table=table, broken=broken.rows)


def _regions(settings: Settings, dataset: Dataset) -> dict[str, str]:
    has_names = any(column.siasn_names == "wilayah" for column in dataset.columns)
    return region_codes(settings) if has_names else {}


def _nothing(envelopes: _Envelopes, broken: Broken) -> str:
    if envelopes.is_empty_handed:
        return "file.siasn_empty"
    return "file.json_shape" if broken.rows else "file.no_rows"


def _events(stream: IO[bytes]) -> Events:
    """Return the parser's events.

    Numbers are taken as a computer's own: the parser's exact ones end in a crash of the process
    where one has more digits than Python reads.
    """
    events: Events = ijson.basic_parse(
        _Utf8(stream), buf_size=BUFFER_BYTES, multiple_values=True, use_float=True
    )
    return events


def _read_whole(stream: IO[bytes], records: Records, envelopes: _Envelopes) -> None:
    try:
        for pairs in _records(_events(stream), records, envelopes):
            records.add(records.count + 1, pairs)
    except _NotRecords as error:
        raise SubmissionRefused("file.json_shape") from error
    except _DAMAGES as error:
        raise SubmissionRefused("file.json", value=records.count) from error


def _read_lines(stream: IO[bytes], records: Records, envelopes: _Envelopes, broken: Broken) -> None:
    """Read JSON Lines; a line that is no JSON is set aside, as a row of CSV would be."""
    number = last = 0
    while line := stream.readline(LINE_BYTES):
        number += 1
        if not line.strip():
            continue
        last = max(number, last + 1)
        if len(line) == LINE_BYTES:
            raise SubmissionRefused("file.long_line", value=number)
        try:
            found = list(_records(_events(io.BytesIO(line)), records, envelopes))
        except (_NotRecords, *_DAMAGES):
            broken.add(last, line.decode().rstrip("\r\n"))
            continue
        for place, pairs in enumerate(found):
            records.add(last + place, pairs)
        last += max(len(found) - 1, 0)


def _records(events: Events, records: Records, envelopes: _Envelopes) -> Iterator[Pairs]:
    for event, _ in events:
        yield from _item(event, events, records, envelopes, 0)


def _item(
    event: str, events: Events, records: Records, envelopes: _Envelopes, depth: int
) -> Iterator[Pairs]:
    """Yield the records of a value that has just begun."""
    if event not in _CONTAINERS or depth > MAX_DEPTH:
        raise _NotRecords
    if event == "start_map":
        yield from _object(events, records, envelopes, depth)
        return
    for inner, _ in events:
        if inner == "end_array":
            return
        yield from _item(inner, events, records, envelopes, depth + 1)


def _object(events: Events, records: Records, envelopes: _Envelopes, depth: int) -> Iterator[Pairs]:
    """Yield an object's records: itself, or those of its ``data`` where it is an envelope."""
    pairs: Pairs = []
    rows: int | None = None
    for event, key in events:
        if event == "end_map":
            break
        event, value = next(events)
        if event in _CONTAINERS and key.casefold() == "data":
            rows = rows or 0
            for record in _item(event, events, records, envelopes, depth + 1):
                rows += 1
                yield record
        elif event in _CONTAINERS:
            _skip(events)
            pairs.append((key, Nested))
        else:
            pairs.append((key, value))
    if rows is None and not _is_envelope(pairs, records):
        yield pairs
        return
    around = {key.casefold(): value for key, value in pairs}
    for key, _ in pairs:
        if key.casefold() not in _ENVELOPE:
            records.slot(key)
    envelopes.note(around.get("code"), rows or 0)


def _is_envelope(pairs: Pairs, records: Records) -> bool:
    """Return whether an object without records in ``data`` is an envelope all the same."""
    if not any(key.casefold() in _ENVELOPE for key, _ in pairs):
        return False
    return not any(records.slot(key) for key, _ in pairs if key.casefold() not in _ENVELOPE)


def _skip(events: Events) -> None:
    """Pass over a value that has just begun; what it names must not be forbidden either."""
    depth = 1
    while depth:
        event, value = next(events)
        if event == "map_key":
            refuse_forbidden([value])
        depth += (event in _CONTAINERS) - (event in ("end_map", "end_array"))
