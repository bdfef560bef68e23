"""Packed files: cut, damaged, packed twice, or far larger inside than outside."""

import gzip
import io
import zipfile
from collections.abc import Callable

from faults.catalogue import Case, accepted, case, refused
from faults.rows import APPRAISAL, JOB, appraisals, book, jobs, many_jobs, table

BROKEN_GZIP = refused("file.unreadable", "gzip")
BROKEN_BOOK = refused("file.unreadable", "Excel")
NAMES = [f"Pengelola Layanan {n * 7919 % 10_007}" for n in range(400)]


def plain() -> bytes:
    return table(APPRAISAL, appraisals(5)).encode()


def long() -> bytes:
    return table(JOB, jobs(*NAMES)).encode()


def packed(data: Callable[[], bytes] = plain) -> bytes:
    return gzip.compress(data(), mtime=0)


def changed(data: bytes, at: int) -> bytes:
    """Return ``data`` with the bits of one byte turned round; ``at`` may count from the end."""
    spoilt = bytearray(data)
    spoilt[at] ^= 0xFF
    return bytes(spoilt)


def sheet() -> bytes:
    return book([APPRAISAL, *appraisals(5)])


def rewritten(
    data: bytes,
    edit: Callable[[str, bytes], bytes | None],
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Return the archive ``data`` with every part as ``edit`` returns it; None leaves it away."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", method) as copy:
        for name in source.namelist():
            part = edit(name, source.read(name))
            if part is not None:
                copy.writestr(name, part)
    return stream.getvalue()


def without(name: str) -> Callable[[], bytes]:
    return lambda: rewritten(sheet(), lambda n, part: None if n == name else part)


def gzip_cases() -> list[Case]:
    name = "kinerja.csv.gz"
    return [
        case("gz", "packs a CSV", name, packed, accepted(5)),
        case("gz-large-name", "packs a CSV on an old system", "KINERJA.CSV.GZ", packed,
             accepted(5)),
        case("gz-parts", "joins two packed halves", name,
             lambda: gzip.compress(plain()[:90]) + gzip.compress(plain()[90:]), accepted(5)),
        case("gz-zero-tail", "sends a packed file that a tape padded with zeros", name,
             lambda: packed() + bytes(512), accepted(5)),
        case("gz-cut", "sends half of a packed file", "jabatan.csv.gz",
             lambda: packed(long)[: len(packed(long)) // 2], BROKEN_GZIP),
        case("gz-cut-tail", "sends a packed file without its last bytes", name,
             lambda: packed()[:-5], BROKEN_GZIP),
        case("gz-header-only", "sends the first ten bytes of a packed file", name,
             lambda: packed()[:10], BROKEN_GZIP),
        case("gz-checksum", "sends a packed file whose checksum is wrong", name,
             lambda: changed(packed(), -6), BROKEN_GZIP),
        case("gz-damaged", "sends a packed file with a damaged byte", "jabatan.csv.gz",
             lambda: changed(packed(long), 400), BROKEN_GZIP),
        case("gz-tail", "sends a packed file with a text behind it", name,
             lambda: packed() + b"dikirim ulang", BROKEN_GZIP),
        case("gz-not-packed", "renames a CSV to .csv.gz", name, plain, BROKEN_GZIP),
        case("gz-is-zip", "renames a ZIP archive to .csv.gz", name, sheet, BROKEN_GZIP),
        case("gz-of-nothing", "packs an empty file", name, lambda: gzip.compress(b""),
             refused("file.empty", "Berkas kosong")),
        case("gz-of-header", "packs a file with a header only", name,
             lambda: gzip.compress((",".join(APPRAISAL) + "\n").encode()),
             refused("file.no_rows", "hanya berisi baris judul")),
        case("gz-twice", "packs a packed file", name, lambda: gzip.compress(packed()),
             refused("file.encoding", "bukan teks")),
        case("gz-of-workbook", "packs a workbook as CSV", name, lambda: gzip.compress(sheet()),
             refused("file.encoding", "bukan teks")),
        case("gz-named-csv", "renames a packed file to .csv", "kinerja.csv", packed,
             refused("file.encoding", "bukan teks")),
        case("gz-of-utf16", "packs UTF-16", name,
             lambda: gzip.compress(b"\xff\xfe" + plain().decode().encode("utf-16-le")),
             accepted(5)),
        case("gz-large", "packs a large file", "jabatan.csv.gz",
             lambda: gzip.compress(table(JOB, many_jobs()).encode()), accepted(2_500)),
    ]  # fmt: skip


def archive_cases() -> list[Case]:
    name = "kinerja.xlsx"
    sheet_part = "xl/worksheets/sheet1.xml"
    return [
        case("xlsx-half", "sends half of a workbook", name, lambda: sheet()[: len(sheet()) // 2],
             BROKEN_BOOK),
        case("xlsx-last-bytes", "sends a workbook without its last bytes", name,
             lambda: sheet()[:-30], BROKEN_BOOK),
        case("xlsx-damaged", "sends a workbook with a damaged byte in its sheet", name,
             lambda: changed(sheet(), sheet().index(sheet_part.encode()) + 90), BROKEN_BOOK),
        case("xlsx-garbage", "sends bytes that begin like an archive", name, b"PK\x03\x04 rusak",
             BROKEN_BOOK),
        case("xlsx-is-csv", "renames a CSV to .xlsx", name, plain, BROKEN_BOOK),
        case("xlsx-is-page", "renames a web page to .xlsx", name,
             "<html><table><tr><td>nip</td></tr></table></html>", BROKEN_BOOK),
        case("xlsx-is-gzip", "renames a packed CSV to .xlsx", name, packed, BROKEN_BOOK),
        case("xlsx-is-zip", "renames an archive of a CSV to .xlsx", name,
             lambda: archive({"kinerja.csv": plain()}), BROKEN_BOOK),
        case("xlsx-is-document", "renames a Word document to .xlsx", name,
             lambda: archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
             BROKEN_BOOK),
        case("xlsx-empty-archive", "sends an archive without a part", name,
             lambda: archive({}), BROKEN_BOOK),
        case("xlsx-without-sheet", "sends a workbook whose sheet is gone", name,
             without(sheet_part), BROKEN_BOOK),
        case("xlsx-without-list", "sends a workbook without its list of sheets", name,
             without("xl/workbook.xml"), BROKEN_BOOK),
        case("xlsx-cut-xml", "sends a workbook whose sheet ends in the middle", name,
             lambda: rewritten(sheet(), lambda n, part: part[: len(part) // 2]
                               if n == sheet_part else part), BROKEN_BOOK),
        case("xlsx-stored", "sends a workbook that is not compressed", name,
             lambda: rewritten(sheet(), lambda n, part: part, zipfile.ZIP_STORED), accepted(5)),
        case("xlsx-no-byte", "sends a workbook without a byte", name, b"",
             refused("file.empty", "Berkas kosong")),
    ]  # fmt: skip


def archive(parts: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of ``parts``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy:
        for name, part in parts.items():
            copy.writestr(name, part)
    return stream.getvalue()


def cases() -> list[Case]:
    return [*gzip_cases(), *archive_cases()]
