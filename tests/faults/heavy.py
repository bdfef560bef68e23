"""Files that are small to send and large to read; each is written piece by piece."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from faults.catalogue import Answer, Case, accepted, partly, refused
from faults.packed import rewritten
from faults.rows import APPRAISAL, JOB, appraisals, book, jobs, table

MEGA = 1024**2
TOO_LARGE = refused("file.too_large", "terlalu besar")
TOO_WIDE = refused("file.too_wide", "terlalu banyak kolom")
LONG_CELL = refused("file.long_cell", "terlalu panjang")
SHEET = "xl/worksheets/sheet1.xml"
GOOD = table(APPRAISAL, appraisals(3))


def pieces(path: Path, parts: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for part in parts:
            file.write(part)


def wide_header(path: Path) -> None:
    names = ",".join([*APPRAISAL, *(f"kolom_{n}" for n in range(1_000_000))])
    path.write_text(names + "\n" + ",".join(["1"] * 1_000_006) + "\n")


def nameless_header(path: Path) -> None:
    path.write_text(",".join(APPRAISAL) + "," * 1_000_000 + "\n" + GOOD.split("\n", 1)[1])


def one_line(path: Path) -> None:
    pieces(path, (b"nip tahun periode " * 60_000 for _ in range(200)))


def long_cell(quote: bytes = b"", line: bytes = b"A") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        head, row = table(JOB, jobs("@@")).encode().split(b"@@")
        body = (line * (MEGA // len(line)) for _ in range(50))
        pieces(path, iter([head + quote, *body, quote + row]))

    return write


def many_lines_in_quotes(path: Path) -> None:
    """Open a quote in the first row of a file of 60 MB and never close it."""
    rows = (table(JOB, jobs(*(f"Analis {n}" for n in range(20_000)))).encode() for _ in range(60))
    pieces(path, iter([table(JOB, jobs('"'))[:-1].replace('""""', '"').encode(), *rows]))


def blank_lines(path: Path) -> None:
    pieces(path, iter([GOOD.encode(), *(b"\n" * MEGA for _ in range(100))]))


def gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(GOOD.encode())
        for _ in range(1_500):
            file.write(bytes(MEGA))


def gzip_bomb_of_rows(path: Path) -> None:
    row = GOOD.splitlines()[1].encode() + b"\n"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(",".join(APPRAISAL).encode() + b"\n")
        for _ in range(400):
            file.write(row * (MEGA // len(row)))


def in_sheet(before: bytes, body: Callable[[], Iterator[bytes]]) -> Callable[[Path], None]:
    """Return a maker of a workbook into whose sheet ``body`` goes before the mark ``before``."""

    def write(path: Path) -> None:
        with (
            zipfile.ZipFile(io.BytesIO(book([list(APPRAISAL), *appraisals(3)]))) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as copy,
        ):
            for name in source.namelist():
                with copy.open(name, "w", force_zip64=True) as part:
                    data = source.read(name)
                    if name != SHEET:
                        part.write(data)
                        continue
                    head, tail = data.split(before)
                    part.write(head)
                    for piece in body():
                        part.write(piece)
                    part.write(before + tail)

    return write


END = b"</sheetData>"


def blanks() -> Iterator[bytes]:
    return (b" " * MEGA for _ in range(1_500))


def full_column() -> Iterator[bytes]:
    yield b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'


def full_columns() -> Iterator[bytes]:
    yield b'<row r="1048576"><c r="R1048576"><v>1</v></c></row>'


def styled_rows() -> Iterator[bytes]:
    for first in range(5, 1_048_577, 4_000):
        yield b"".join(
            b'<row r="%d"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (n, n, n)
            for n in range(first, min(first + 4_000, 1_048_577))
        )


def long_inline() -> Iterator[bytes]:
    yield b'<row r="5"><c r="A5" t="inlineStr"><is><t>'
    yield from (b"A" * MEGA for _ in range(50))
    yield b"</t></is></c></row>"


def long_shared(path: Path) -> None:
    data = book([list(JOB), *jobs("Analis")])
    path.write_bytes(rewritten(data, lambda name, part: part.replace(b"Analis", b"A" * 50 * MEGA)))


def lying_size(path: Path) -> None:
    """State the size of a bomb's sheet as one kilobyte in the directory of the archive."""
    in_sheet(END, lambda: (b" " * MEGA for _ in range(300)))(path)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    data[at + 24 : at + 28] = (1024).to_bytes(4, "little")
    path.write_bytes(data)


def json_long_text(path: Path) -> None:
    body = (b"A" * MEGA for _ in range(50))
    pieces(path, iter([b'[{"kode_jabatan": "', *body, b'"}]']))


def json_deep(path: Path) -> None:
    pieces(path, (b"[" * MEGA for _ in range(50)))


def json_many_keys(path: Path) -> None:
    pairs = (f'"kolom_{n}": {n},' for n in range(1_000_000))
    path.write_text("[{" + "".join(pairs) + '"nip": "1"}]')


def json_unknown_value(path: Path) -> None:
    body = (b"[1,2,3]," * (MEGA // 8) for _ in range(8))
    pieces(path, iter([b'[{"catatan": [', *body, b"1]}]"]))


def lines_long(path: Path) -> None:
    pieces(path, (b'{"nip": "' + b"1" * MEGA if n == 0 else b"1" * MEGA for n in range(50)))


def parquet_repeated(path: Path) -> None:
    """Store one text of 900 kB a hundred thousand times, which takes a megabyte."""
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0] * 100_000, pa.int32()), pa.array(["A" * 900_000])
    )
    pq.write_table(pa.table({"kode_jabatan": texts, "nama_jabatan": texts}), path)


def parquet_wide(path: Path) -> None:
    names = [*APPRAISAL, *(f"kolom_{n}" for n in range(20_000))]
    pq.write_table(pa.table([pa.array(["1"])] * len(names), names=names), path)


def heavy(id: str, did: str, name: str, write: Callable[[Path], None], answer: Answer) -> Case:
    return Case(f"heavy-{id}", did, name, write, answer)


CASES = (
    heavy("header", "has a header of a million columns", "kinerja.csv", wide_header, TOO_WIDE),
    heavy("header-blank", "drags the header over a million blank columns", "kinerja.csv",
          nameless_header, TOO_WIDE),
    heavy("line", "has one line of 200 MB", "kinerja.csv", one_line,
          refused("file.missing_column", "Kolom wajib tidak ada")),
    heavy("cell", "has a cell of 50 MB", "jabatan.csv", long_cell(), LONG_CELL),
    heavy("cell-quoted", "has a quoted cell of 50 MB", "jabatan.csv", long_cell(b'"'), LONG_CELL),
    heavy("cell-lines", "has a quoted cell of four million lines", "jabatan.csv",
          long_cell(b'"', b"baris teks\n"), refused("file.broken", "tidak dapat dipisahkan")),
    heavy("quote", "never closes a quote in 60 MB", "jabatan.csv", many_lines_in_quotes,
          partly(0, {})),
    heavy("lines", "ends with a hundred million blank lines", "kinerja.csv", blank_lines,
          accepted(3)),
    heavy("gzip", "packs 1.5 GB of nothing into 1.5 MB", "kinerja.csv.gz", gzip_bomb, TOO_LARGE),
    heavy("gzip-rows", "packs one row ten million times", "kinerja.csv.gz", gzip_bomb_of_rows,
          TOO_LARGE),
    heavy("book", "packs 1.5 GB of blanks into a workbook", "kinerja.xlsx", in_sheet(END, blanks),
          TOO_LARGE),
    heavy("book-lying", "states a false size of a workbook's sheet", "kinerja.xlsx", lying_size,
          refused("file.unreadable", "rusak")),
    heavy("book-end", "has a remark in the last row of a sheet", "kinerja.xlsx",
          in_sheet(END, full_column),
          partly(4, {"kinerja.nip.format": 1}, "tidak dapat dibaca")),
    heavy("book-corner", "has a remark in the last row, eighteen columns on", "kinerja.xlsx",
          in_sheet(END, full_columns), accepted(3)),
    heavy("book-styled", "styles two columns to the end of the sheet", "kinerja.xlsx",
          in_sheet(END, styled_rows), accepted(3)),
    heavy("book-cell", "has a cell of 50 MB in a workbook", "kinerja.xlsx",
          in_sheet(END, long_inline), LONG_CELL),
    heavy("book-text", "has a text of 50 MB in a workbook", "jabatan.xlsx", long_shared,
          LONG_CELL),
    heavy("json-text", "has a text of 50 MB in JSON", "jabatan.json", json_long_text, LONG_CELL),
    heavy("json-deep", "nests JSON fifty million deep", "kinerja.json", json_deep,
          refused("file.json_shape", "tidak dikenal")),
    heavy("json-keys", "has a million names in a record", "kinerja.json", json_many_keys,
          TOO_WIDE),
    heavy("json-unknown", "has a million lists in an unknown name of JSON", "kinerja.json",
          json_unknown_value, refused("file.json_shape", "tidak dikenal")),
    heavy("jsonl-line", "has a line of 50 MB in JSON Lines", "kinerja.jsonl", lines_long,
          refused("file.long_line", "terlalu panjang")),
    heavy("parquet-text", "stores a text of 900 kB a hundred thousand times", "jabatan.parquet",
          parquet_repeated, refused("file.missing_column", "Kolom wajib tidak ada")),
    heavy("parquet-wide", "stores twenty thousand columns", "kinerja.parquet", parquet_wide,
          TOO_WIDE),
)  # fmt: skip
