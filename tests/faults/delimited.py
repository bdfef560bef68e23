"""Delimiters, quotes and line ends: where a row begins and where it ends."""

from faults.catalogue import Case, accepted, case, hopeless, partly, refused
from faults.rows import (
    APPRAISAL,
    COURSE,
    JOB,
    appraisals,
    courses,
    jobs,
    many_jobs,
    table,
)

BROKEN = "kinerja.broken_row"
SPLIT = "tidak dapat dipisahkan menjadi kolom"
NO_COLUMNS = refused("file.missing_column", "Kolom wajib tidak ada")
EMPTY = refused("file.empty", "Berkas kosong")
NO_ROWS = refused("file.no_rows", "hanya berisi baris judul")


def lines(count: int = 5, delimiter: str = ",") -> list[str]:
    """Return header and rows of ``kinerja`` as lines without ends."""
    return table(APPRAISAL, appraisals(count), delimiter).splitlines()


def joined(found: list[str], end: str = "\n") -> str:
    return end.join(found) + end


def edited(number: int, edit: str | None = None, count: int = 5, **replace: str) -> str:
    """Return a file whose line ``number`` (1 is the header) is ``edit``, or has been edited."""
    found = lines(count)
    line = found[number - 1]
    for old, new in replace.items():
        line = line.replace(old, new)
    found[number - 1] = line if edit is None else edit
    return joined(found)


def large(*extra: str, at: int = 1_200) -> str:
    """Return a file of ``jabatan`` for the engine, with ``extra`` lines after line ``at``."""
    found = table(JOB, many_jobs()).splitlines()
    return joined([*found[:at], *extra, *found[at:]])


def delimiter_cases() -> list[Case]:
    rows = lines()
    comma, semicolon = lines(), lines(delimiter=";")
    decimal = table(COURSE, courses(3)).replace(",81,", ",81,5,")
    return [
        *(case(f"delimiter-{name}", f"separates columns by a {name}", "kinerja.csv",
               joined(lines(delimiter=mark)), accepted(5))
          for name, mark in (("semicolon", ";"), ("tab", "\t"), ("bar", "|"))),
        *(case(f"delimiter-{name}", f"separates columns by a {name}", "kinerja.csv",
               joined([line.replace(",", mark) for line in rows]), NO_COLUMNS)
          for name, mark in (("colon", ":"), ("tilde", "~"), ("blank", " "), ("star", "*"))),
        case("delimiter-changes", "goes on with semicolons after the third row", "kinerja.csv",
             joined([*comma[:4], *semicolon[4:]]),
             partly(5, {BROKEN: 2}, SPLIT, numbers=(5, 6))),
        case("delimiter-of-header", "writes the header with commas, the rows with semicolons",
             "kinerja.csv", joined([comma[0], *semicolon[1:]]), hopeless(5, {BROKEN: 5}, SPLIT)),
        case("delimiter-said-first", "lets Excel write sep=; above the header", "kinerja.csv",
             joined(["sep=;", *semicolon], "\r\n"), accepted(5)),
        case("delimiter-in-name", "has a comma in a name without quotes", "jabatan.csv",
             table(JOB, jobs("A", "B")).replace(",B,", ",B, Ahli,"),
             partly(2, {"jabatan.broken_row": 1}, SPLIT, numbers=(3,))),
        case("decimal-comma-unquoted", "writes 81,5 in a comma file", "peserta_pelatihan.csv",
             decimal, hopeless(3, {"peserta_pelatihan.broken_row": 3}, SPLIT)),
        case("decimal-comma-quoted", 'writes "81,5" in a comma file', "peserta_pelatihan.csv",
             decimal.replace("81,5", '"81,5"'), accepted(3, values={"nilai_post": [81.5] * 3})),
        case("too-few-cells", "leaves the last cell of a row away", "kinerja.csv",
             edited(3, lines()[2].rpartition(",")[0]), partly(5, {BROKEN: 1}, SPLIT, numbers=(3,))),
        case("too-many-cells", "has a cell beyond the header", "kinerja.csv",
             edited(3, lines()[2] + ",catatan"), partly(5, {BROKEN: 1}, SPLIT, numbers=(3,))),
        case("delimiter-at-end", "ends every line, the header too, with a separator",
             "kinerja.csv", joined([line + "," for line in rows]), accepted(5)),
        case("delimiters-only", "has rows of separators only between the rows", "kinerja.csv",
             joined([*rows[:2], ",,,,,", *rows[2:], ",,,,,", ",,,,,"]), accepted(5)),
        case("delimiter-changes-large", "goes on with semicolons in a large file", "jabatan.csv",
             large("X1;Bidan;AHLI_MUDA;HUKUM;U1;1;T", "X2;Bidan;AHLI_MUDA;HUKUM;U1;1;T"),
             partly(2_502, {"jabatan.broken_row": 2}, SPLIT, numbers=(1_201, 1_202))),
        case("too-many-cells-large", "has a cell too many far behind", "jabatan.csv",
             large("X1,Bidan,AHLI_MUDA,HUKUM,U1,1,T,lebih"),
             partly(2_501, {"jabatan.broken_row": 1}, SPLIT, numbers=(1_201,))),
        case("too-few-cells-large", "has cells too few far behind", "jabatan.csv",
             large("X1,Bidan"),
             partly(2_501, {"jabatan.broken_row": 1}, SPLIT, numbers=(1_201,))),
    ]  # fmt: skip


def quote_cases() -> list[Case]:
    rows = lines()
    quoted = [",".join(f'"{cell}"' for cell in line.split(",")) for line in rows]
    names = ['Budi "Ucok" S', "Monitor 14'", "O'Neill"]
    wanted = {"nama_jabatan": names}
    return [
        case("quotes-everywhere", "quotes every cell", "kinerja.csv", joined(quoted), accepted(5)),
        case("quotes-doubled", "doubles quotes inside quotes", "jabatan.csv",
             table(JOB, jobs(*names)), accepted(3, values=wanted)),
        case("quotes-inside", "has quotes inside a cell that is not quoted", "jabatan.csv",
             table(JOB, jobs(*names)).replace('"Budi ""Ucok"" S"', names[0]),
             accepted(3, values=wanted)),
        case("quote-single", "has one quote inside a cell", "jabatan.csv",
             table(JOB, jobs("A", "B", "C")).replace(",B,", ',Monitor 14",'),
             partly(3, {"jabatan.broken_row": 1}, SPLIT, numbers=(3,))),
        case("quote-unclosed-first", "never closes a quote of the first row", "kinerja.csv",
             edited(2, TAHUNAN='"TAHUNAN'), partly(5, {BROKEN: 1}, SPLIT, numbers=(2,))),
        case("quote-unclosed-last", "never closes a quote of the last row", "kinerja.csv",
             edited(6, TAHUNAN='"TAHUNAN'), partly(5, {BROKEN: 1}, SPLIT, numbers=(6,))),
        case("quote-unclosed-header", "never closes a quote of the header", "kinerja.csv",
             edited(1, nip='"nip'), NO_COLUMNS),
        case("quote-unclosed-large", "never closes a quote in a large file", "jabatan.csv",
             large('X1,"Bidan,AHLI_MUDA,HUKUM,U1,1,T'),
             partly(2_501, {"jabatan.broken_row": 1}, SPLIT, numbers=(1_201,))),
        case("quotes-unclosed-twice", "leaves two quotes open in two rows", "kinerja.csv",
             edited(3, TAHUNAN='"TAHUNAN').replace(
                 lines()[4], lines()[4].replace("TAHUNAN", '"TAHUNAN')),
             partly(5, {BROKEN: 2}, SPLIT, numbers=(3, 5))),
        case("line-in-quotes", "puts every line whole into quotes", "kinerja.csv",
             joined([f'"{line}"' for line in rows]), NO_COLUMNS),
        case("quotes-are-apostrophes", "quotes with apostrophes", "kinerja.csv",
             joined(quoted).replace('"', "'"), NO_COLUMNS),
        case("quote-then-text", "goes on after a closing quote", "jabatan.csv",
             table(JOB, jobs("A", "B", "C")).replace(",B,", ',"B" Ahli,'),
             partly(3, {"jabatan.broken_row": 1}, SPLIT, numbers=(3,))),
        case("quotes-escaped", "escapes quotes by a backslash", "jabatan.csv",
             table(JOB, jobs("A", "B", "C")).replace(",B,", ',"Si \\"B\\" itu",'),
             partly(3, {"jabatan.broken_row": 1}, SPLIT, numbers=(3,))),
        case("blank-before-quote", "writes a blank before the quote", "jabatan.csv",
             table(JOB, jobs("A", "B")).replace(",B,", ', "B; Ahli",'),
             accepted(2, values={"nama_jabatan": ["A", '"B; Ahli"']})),
    ]  # fmt: skip


def line_cases() -> list[Case]:
    rows = lines()
    names = ["Satu\nDua", "Tiga\r\nEmpat", "Lima"]
    long = "\n".join(f"baris {n}" for n in range(25))
    first, second = table(JOB, jobs("A")), table(JOB, jobs("A", "B"))
    after = second.removeprefix(first)
    return [
        case("line-break-in-name", "breaks the line inside quoted cells", "jabatan.csv",
             table(JOB, jobs(*names)), accepted(3, values={"nama_jabatan": names})),
        case("line-break-in-large", "breaks the line inside a quoted cell of a large file",
             "jabatan.csv", large('X1,"Satu\nDua",AHLI_MUDA,HUKUM,U1,1,T'), accepted(2_501)),
        case("line-break-in-header", "breaks the line inside the header", "kinerja.csv",
             joined(rows).replace("hasil_kerja", '"Hasil\nKerja"'), accepted(5)),
        case("line-break-unquoted", "breaks the line inside a cell without quotes", "jabatan.csv",
             first + after.replace(",B,", ",Satu\nDua,"),
             partly(3, {"jabatan.broken_row": 2}, SPLIT, numbers=(3, 4))),
        case("line-breaks-many", "has a quoted cell of 25 lines", "jabatan.csv",
             first + after.replace(",B,", f',"{long}",'),
             partly(26, {"jabatan.broken_row": 25}, SPLIT)),
        case("lines-of-windows", "ends lines as Windows does", "kinerja.csv",
             joined(rows, "\r\n"), accepted(5)),
        case("lines-of-old-macs", "saves as CSV (Macintosh)", "kinerja.csv", joined(rows, "\r"),
             accepted(5)),
        case("lines-of-old-macs-large", "saves a large file as CSV (Macintosh)", "jabatan.csv",
             large().replace("\n", "\r"), accepted(2_500)),
        case("lines-mixed", "mixes the line ends of two systems", "kinerja.csv",
             rows[0] + "\r\n" + rows[1] + "\n" + "\r\n".join(rows[2:]), accepted(5)),
        case("lines-mixed-large", "joins a Windows file to a large one", "jabatan.csv",
             large() + "X1,Bidan,AHLI_MUDA,HUKUM,U1,1,T\r\n", accepted(2_501)),
        case("lines-mixed-unix-large", "edits a large Windows file on another system",
             "jabatan.csv", large().replace("\n", "\r\n") + "X1,Bidan,AHLI_MUDA,HUKUM,U1,1,T\n",
             accepted(2_501)),
        case("line-return-large", "has a bare return in a cell of a large file", "jabatan.csv",
             large("X1,Satu\rDua,AHLI_MUDA,HUKUM,U1,1,T"),
             partly(2_502, {"jabatan.broken_row": 2}, SPLIT)),
        case("last-line-open", "ends the file without an end of line", "kinerja.csv",
             "\n".join(rows), accepted(5)),
        case("blank-lines", "leaves blank lines everywhere", "kinerja.csv",
             "\n\n" + "\n\n \n".join(rows) + "\n\n\n", accepted(5)),
        case("end-of-dos", "ends the file with the mark of DOS", "kinerja.csv",
             joined(rows) + "\x1a", accepted(5)),
        case("comment-lines", "writes remarks between the rows", "kinerja.csv",
             joined([*rows[:3], "# diperiksa Bu Ani", *rows[3:]]),
             partly(6, {BROKEN: 1}, SPLIT, numbers=(4,))),
        case("header-again", "repeats the header on every page", "kinerja.csv",
             joined([*rows[:3], rows[0], *rows[3:]]),
             partly(6, {f"kinerja.{name}": 1 for name in (
                 "nip.format", "tahun.format", "periode.code", "hasil_kerja.format",
                 "perilaku_kerja.format", "kuadran.format")},
                 "tidak dapat dibaca", rejected=1, numbers=(4,))),
        case("sum-line", "ends with a line of sums", "kinerja.csv",
             joined([*rows, "JUMLAH,,,10,10,"]),
             partly(6, {f"kinerja.{name}": 1 for name in (
                 "nip.format", "tahun.required", "periode.required", "hasil_kerja.range",
                 "perilaku_kerja.range")}, "di luar batas", rejected=1, numbers=(7,))),
        case("cut-in-row", "sends a file whose copy stopped within a row", "kinerja.csv",
             joined(rows)[:-12], partly(5, {BROKEN: 1}, SPLIT, numbers=(6,))),
        case("cut-in-row-large", "sends a large file whose copy stopped within a row",
             "jabatan.csv", large()[:-20],
             partly(2_500, {"jabatan.broken_row": 1}, SPLIT, numbers=(2_501,))),
    ]  # fmt: skip


def empty_cases() -> list[Case]:
    header = ",".join(APPRAISAL)
    return [
        case("no-byte", "sends a file without a byte", "kinerja.csv", b"", EMPTY),
        case("mark-only", "sends nothing but the mark of UTF-8", "kinerja.csv", b"\xef\xbb\xbf",
             EMPTY),
        case("mark16-only", "sends nothing but the mark of UTF-16", "kinerja.csv", b"\xff\xfe",
             EMPTY),
        case("line-end-only", "sends one empty line", "kinerja.csv", "\r\n", EMPTY),
        case("blanks-only", "sends blanks", "kinerja.csv", "   \n \t \n", EMPTY),
        case("header-only", "sends the header", "kinerja.csv", header + "\n", NO_ROWS),
        case("header-without-end", "sends the header without an end of line", "kinerja.csv",
             header, NO_ROWS),
        case("header-and-blanks", "sends the header and blank lines", "kinerja.csv",
             header + "\n\n ,,,,,\n,,,,,\n", NO_ROWS),
        case("header-and-nulls", "sends the header and a row of dashes", "kinerja.csv",
             header + "\n-,-,NULL,N/A,-, \n", NO_ROWS),
        case("rows-only", "sends rows without a header", "kinerja.csv", joined(lines()[1:]),
             NO_COLUMNS),
        case("separators-above", "has a line of separators above the header", "kinerja.csv",
             joined([",,,,,", *lines()]), accepted(5)),
        case("title-above", "has a title above the header of a CSV", "kinerja.csv",
             joined(["Daftar kinerja per Oktober 2026", *lines()]), accepted(5)),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*delimiter_cases(), *quote_cases(), *line_cases(), *empty_cases()]
