"""Text in the encodings of many programs, and bytes that are no text."""

import struct
import zlib

from faults.catalogue import Case, accepted, case, hopeless, partly, refused
from faults.rows import APPRAISAL, JOB, appraisals, book, jobs, many_jobs, table

NO_TEXT = refused("file.encoding", "bukan teks yang dapat dibaca")
NO_COLUMNS = refused("file.missing_column", "Kolom wajib tidak ada")
NAMES = ["Perawat – Ahli", "Café Šumadi", "Tenaga “Teladan” €5"]
WORLD = ["ꦗꦮ Pranata", "Dr. Łukasz 🙂", "مدير"]


def world(*names: str) -> str:
    return table(JOB, jobs(*names))


def spoilt(before: str, stray: bytes, after: str = "") -> bytes:
    """Return three rows whose second name has ``stray`` between two texts."""
    text = world("Perawat", "@@", "Bidan")
    first, second = text.split("@@")
    return b"".join([first.encode(), before.encode(), stray, after.encode(), second.encode()])


def large(text: str = "") -> str:
    return table(JOB, [*many_jobs(), *([["X", text, *jobs("")[0][2:]]] if text else [])])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4


def unicode_cases() -> list[Case]:
    text = world(*WORLD)
    good = accepted(3, values={"nama_jabatan": WORLD})
    return [
        case("utf8", "saves names in other scripts as UTF-8", "jabatan.csv", text, good),
        case("utf8-mark", "saves as CSV UTF-8 in Excel", "jabatan.csv", text.encode("utf-8-sig"),
             good),
        case("utf8-mark-twice", "adds a second mark with an editor", "jabatan.csv",
             b"\xef\xbb\xbf" + text.encode("utf-8-sig"), good),
        case("utf16-le-mark", "saves as Unicode text in Excel", "jabatan.csv",
             b"\xff\xfe" + text.encode("utf-16-le"), good),
        case("utf16-be-mark", "exports big-endian UTF-16 with a mark", "jabatan.csv",
             b"\xfe\xff" + text.encode("utf-16-be"), good),
        case("utf16-le", "exports little-endian UTF-16 without a mark", "jabatan.csv",
             world("Perawat").encode("utf-16-le"), accepted(1)),
        case("utf16-be", "exports big-endian UTF-16 without a mark", "jabatan.csv",
             world("Perawat").encode("utf-16-be"), accepted(1)),
        case("utf16-le-large", "exports a large file as little-endian UTF-16", "jabatan.csv",
             b"\xff\xfe" + large("Šumadi").encode("utf-16-le"), accepted(2_501)),
        case("utf16-be-large", "exports a large file as big-endian UTF-16", "jabatan.csv",
             large().encode("utf-16-be"), accepted(2_500)),
        case("utf16-cut", "sends UTF-16 that lost its last byte", "jabatan.csv",
             (b"\xff\xfe" + text.encode("utf-16-le"))[:-1], NO_TEXT),
        case("utf16-half-pair", "sends UTF-16 with half of a pair", "jabatan.csv",
             b"\xff\xfe" + text.encode("utf-16-le") + b"\x3d\xd8,\x00", NO_TEXT),
        case("utf16-wrong-mark", "puts the mark of UTF-16 before UTF-8", "jabatan.csv",
             b"\xff\xfe" + (text + " " * (len(text.encode()) % 2)).encode(),
             NO_COLUMNS),
        case("utf16-tail-of-nothing", "sends UTF-16 that ends in NULs", "jabatan.csv",
             b"\xff\xfe" + (text + "\0" * 40).encode("utf-16-le"), NO_TEXT),
        case("utf32", "saves as UTF-32", "jabatan.csv", text.encode("utf-32"), NO_TEXT),
    ]  # fmt: skip


def windows_cases() -> list[Case]:
    text = world(*NAMES).encode("cp1252")
    return [
        case("windows", "saves as CSV in an old Excel", "jabatan.csv", text,
             accepted(3, values={"nama_jabatan": NAMES})),
        case("windows-large", "saves a large file in an old Excel", "jabatan.csv",
             large(NAMES[0]).encode("cp1252"), accepted(2_501)),
        case("windows-one-byte", "has one accented letter, in Windows-1252", "jabatan.csv",
             spoilt("Caf", b"\xe9"), accepted(3, values={
                 "nama_jabatan": ["Perawat", "Café", "Bidan"]})),
        case("windows-undefined", "has a byte that Windows-1252 does not define", "jabatan.csv",
             spoilt("Caf", b"\x81"), NO_TEXT),
        case("windows-control", "has a control byte beside Windows-1252", "jabatan.csv",
             spoilt("Caf", b"\xe9\x07"), NO_TEXT),
        case("stray-after-utf8", "pastes a Windows name into a UTF-8 file", "jabatan.csv",
             spoilt("Šumadi caf", b"\xe9"), NO_TEXT),
        case("stray-before-utf8", "pastes a UTF-8 name into a Windows file", "jabatan.csv",
             spoilt("", b"caf\xe9 ", "Šumadi"), NO_TEXT),
        case("stray-under-mark", "has a Windows byte under the mark of UTF-8", "jabatan.csv",
             b"\xef\xbb\xbf" + spoilt("Caf", b"\xe9"), NO_TEXT),
        case("stray-large", "pastes a Windows name into a large UTF-8 file", "jabatan.csv",
             large("Šumadi").encode() + b"Y,caf\xe9,AHLI_MUDA,HUKUM,U1,1,T\n", NO_TEXT),
        case("utf8-cut-letter", "sends UTF-8 cut in the middle of a letter", "jabatan.csv",
             (world("Perawat", "Ahli é")).encode() + "Z,é".encode()[:-1], NO_TEXT),
        case("mainframe", "exports EBCDIC from a mainframe", "jabatan.csv",
             world("PERAWAT").encode("cp500"), NO_TEXT),
    ]  # fmt: skip


def mark_cases() -> list[Case]:
    rows = appraisals(3)
    text = table(APPRAISAL, rows)
    head, first, *rest = text.splitlines(keepends=True)
    joined = {f"kinerja.{name}": 1 for name in (
        "nip.format", "tahun.format", "periode.code", "hasil_kerja.format",
        "perilaku_kerja.format", "kuadran.format")}  # fmt: skip
    return [
        case("mark-before-row", "joins files so that a mark stands before a row", "kinerja.csv",
             head + first + "".join("\ufeff" + line for line in rest), accepted(3)),
        case("mark-and-header-again", "joins two files, marks and headers included", "kinerja.csv",
             "\ufeff" + head + first + "\ufeff" + head + "".join(rest),
             partly(4, joined, "tidak dapat dibaca", rejected=1, numbers=(3,))),
        case("mark-in-word", "has a mark inside a code", "kinerja.csv",
             text.replace("TAHUNAN", "TAHU\ufeffNAN", 1),
             partly(3, {"kinerja.periode.code": 1}, "tidak ada dalam daftar")),
    ]  # fmt: skip


def binary_cases() -> list[Case]:
    text = world("Perawat", "Bidan")
    return [
        case("nul-in-name", "has a NUL byte in a name", "jabatan.csv", spoilt("Ner", b"\0", "s"),
             NO_TEXT),
        case("nul-tail", "sends a file that a broken copy padded with NULs", "jabatan.csv",
             text.encode() + bytes(4096), NO_TEXT),
        case("nul-head", "sends a file that begins with NULs", "jabatan.csv",
             bytes(512) + text.encode(), NO_TEXT),
        case("nul-only", "sends a file of NULs only", "jabatan.csv", bytes(8192), NO_TEXT),
        case("nul-late", "has a NUL byte far behind in a large file", "jabatan.csv",
             large("A\0B"), NO_TEXT),
        case("picture", "sends a picture named CSV", "jabatan.csv", PICTURE, NO_TEXT),
        case("photo", "sends a photo named CSV", "jabatan.csv", JPEG, NO_TEXT),
        case("workbook-as-csv", "renames a workbook to .csv", "jabatan.csv",
             book([JOB, *jobs("Perawat")]), NO_TEXT),
        case("web-page", "saves a web page as .csv", "jabatan.csv",
             "<!DOCTYPE html><html><body><table><tr><td>kode_jabatan</td></tr></table></html>",
             NO_COLUMNS),
        case("escape-in-name", "has a terminal's escape codes in a rejected row", "jabatan.csv",
             world("\x1b[31mPerawat\x1b[0m", "Bidan").replace("HUKUM", "SALAH\x1b", 1),
             partly(2, {"jabatan.rumpun_jabatan.code": 1}, "tidak ada dalam daftar")),
        case("separators-in-name", "has Unicode line separators inside names", "jabatan.csv",
             world("A\u2028B", "C\x85D", "E\x0bF", "G\x0cH", "I\x1cJ"),
             accepted(5, values={
                 "nama_jabatan": ["A\u2028B", "C\x85D", "E\x0bF", "G\x0cH", "I\x1cJ"]})),
        case("letter-of-nothing", "writes every code in full-width letters", "kinerja.csv",
             table(APPRAISAL, appraisals(2)).replace("TAHUNAN", "ＴＡＨＵＮＡＮ"),
             hopeless(2, {"kinerja.periode.code": 2}, "tidak ada dalam daftar")),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*unicode_cases(), *windows_cases(), *mark_cases(), *binary_cases()]
