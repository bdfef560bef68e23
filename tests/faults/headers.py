"""Headers: columns twice, missing, nameless, forbidden, or spelled as nobody else does."""

from faults.catalogue import Answer, Case, accepted, case, refused
from faults.rows import APPRAISAL, JOB, appraisals, book, jobs, table

Header = tuple[str, ...]
FORBIDDEN = "kolom yang dilarang"


def twice(name: str) -> Answer:
    return refused("file.duplicate_column", f"Kolom {name} muncul lebih dari sekali")


def missing(names: str) -> Answer:
    return refused("file.missing_column", f"Kolom wajib tidak ada: {names}.")


def under(header: Header, *more: object, rows: int = 3) -> str:
    """Return rows of ``kinerja`` under ``header``; columns beyond the usual hold ``more``."""
    return table(header, [[*row, *more] for row in appraisals(rows)])


def renamed(**names: str) -> Header:
    return tuple(names.get(name, name) for name in APPRAISAL)


def doubled_cases() -> list[Case]:
    plus = (*APPRAISAL, "tahun")
    return [
        case("column-twice", "copies a column", "kinerja.csv", under(plus, 2025), twice("tahun")),
        case("column-twice-other-case", "copies a column and writes it large", "kinerja.csv",
             under((*APPRAISAL, " TAHUN "), 2025), twice("tahun")),
        case("column-twice-other-signs", "copies a column and writes blanks", "kinerja.csv",
             under((*APPRAISAL, "Hasil Kerja"), 2), twice("hasil_kerja")),
        case("column-twice-empty", "copies a column and empties the copy", "kinerja.csv",
             under(plus, ""), twice("tahun")),
        case("column-twice-thrice", "has a column three times", "kinerja.csv",
             under((*plus, "tahun"), 2025, 2025), twice("tahun")),
        case("column-twice-in-workbook", "copies a column in a workbook", "kinerja.xlsx",
             lambda: book([plus, *[[*row, 2025] for row in appraisals(2)]]), twice("tahun")),
        case("column-by-two-names", "sends the NIP under two names", "kinerja.csv",
             under((*APPRAISAL, "nipBaru"), "x"), accepted(3, ignored=("nipBaru",))),
        case("unknown-column-twice", "has an unknown column twice", "kinerja.csv",
             under((*APPRAISAL, "catatan", "catatan"), 1, 2),
             accepted(3, ignored=("catatan", "catatan"))),
        case("blank-columns", "has nameless columns with remarks", "kinerja.csv",
             under((*APPRAISAL, "", " "), "cek", "ya"), accepted(3, ignored=())),
        case("blank-column-first", "has a nameless column of numbers in front", "kinerja.csv",
             table(("", *APPRAISAL), [[n, *row] for n, row in enumerate(appraisals(3), 1)]),
             accepted(3)),
        case("blank-required", "empties the name of a required column", "kinerja.csv",
             under(renamed(tahun="")), missing("tahun")),
        case("blank-header", "empties the names of all columns", "kinerja.csv",
             under(("",) * 6), missing("nip, tahun, periode, hasil_kerja, perilaku_kerja")),
        case("numbers-as-header", "numbers the columns", "kinerja.csv",
             under(tuple("123456")), missing("nip, tahun, periode, hasil_kerja, perilaku_kerja")),
        case("mark-in-header", "has zero-width signs in the header", "kinerja.csv",
             under(renamed(tahun="ta\u200bhun", nip="\u200fnip\u200d", periode="peri\u00adode")),
             accepted(3)),
        case("header-with-blanks", "writes blanks of every kind around names", "kinerja.csv",
             under(renamed(tahun="\u00a0Tahun\u2003", hasil_kerja="Hasil  Kerja ")), accepted(3)),
        case("header-with-signs", "writes names with dots, dashes and underscores", "kinerja.csv",
             under(renamed(hasil_kerja="HASIL.KERJA", perilaku_kerja="perilaku-kerja",
                           nip="N.I.P")), accepted(3)),
        case("header-of-siasn", "uses the names of SIASN", "kinerja.csv",
             under(("nipBaru", "tahun", "periodikNama", "hasilKinerjaNilai", "perilakuKerjaNilai",
                    "kuadranKinerjaNilai")), accepted(3)),
        case("columns-in-any-order", "turns the order of the columns round", "kinerja.csv",
             table(APPRAISAL[::-1], [row[::-1] for row in appraisals(3)]), accepted(3)),
    ]  # fmt: skip


def missing_cases() -> list[Case]:
    return [
        *(case(f"without-{name}", f"leaves the column {name} away", "kinerja.csv",
               table([n for n in APPRAISAL if n != name],
                     [row[:at] + row[at + 1:] for row in appraisals(3)]), missing(name))
          for at, name in enumerate(APPRAISAL[:5])),
        case("without-optional", "leaves an optional column away", "kinerja.csv",
             table(APPRAISAL[:5], [row[:5] for row in appraisals(3)]), accepted(3)),
        case("header-misspelt", "misspells a column", "kinerja.csv",
             under(renamed(perilaku_kerja="perilaku_kerjaa")), missing("perilaku_kerja")),
        case("header-of-lookalikes", "types a name with Cyrillic letters", "kinerja.csv",
             under(renamed(periode="реriоdе")), missing("periode")),
        case("header-in-english", "translates the header", "kinerja.csv",
             under(("employee_id", "year", "period", "result", "behaviour", "quadrant")),
             missing("nip, tahun, periode, hasil_kerja, perilaku_kerja")),
        case("other-dataset", "sends the positions as appraisals", "kinerja.csv",
             table(JOB, jobs("A")),
             missing("nip, tahun, periode, hasil_kerja, perilaku_kerja")),
        case("other-dataset-alike", "sends the appraisals as assessments",
             "penilaian_kompetensi.csv", under(APPRAISAL),
             missing("tanggal_penilaian, kode_kompetensi, tujuan, level_capaian, metode")),
        case("header-in-one-cell", "quotes the whole header", "kinerja.csv",
             under(APPRAISAL).replace(",".join(APPRAISAL), f'"{",".join(APPRAISAL)}"'),
             missing("nip, tahun, periode, hasil_kerja, perilaku_kerja")),
        case("header-missing-in-workbook", "leaves a column away in a workbook", "kinerja.xlsx",
             lambda: book([APPRAISAL[:4], *[row[:4] for row in appraisals(2)]]),
             missing("perilaku_kerja")),
    ]  # fmt: skip


def forbidden_cases() -> list[Case]:
    spellings = {
        "nik": "NIK", "nik-dotted": "N.I.K", "address": "Alamat Rumah", "phone": "No. HP",
        "mail": "E-Mail", "religion": "agama", "marriage": "Status_Kawin",
        "salary": "Gaji Pokok", "tax": "NPWP", "insurance": "No BPJS", "illness":
        "Riwayat Penyakit", "child": "nama_anak", "photo": "FOTO", "reason": "alasan_hukuman",
    }  # fmt: skip
    found = [
        case(f"forbidden-{id}", f"adds the column {name}", "kinerja.csv",
             under((*APPRAISAL, name), "747101"),
             refused("file.forbidden_column", f"{FORBIDDEN}: {name}."))
        for id, name in spellings.items()
    ]  # fmt: skip
    return [
        *found,
        case("forbidden-empty", "adds the column NIK without values", "kinerja.csv",
             under((*APPRAISAL, "NIK "), ""), refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-invisible", "adds NIK with a sign that nobody sees", "kinerja.csv",
             under((*APPRAISAL, "N\u200bI\u200dK"), "747101"),
             refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-two", "adds two forbidden columns", "kinerja.csv",
             under((*APPRAISAL, "email", "agama"), "a@b.id", "x"),
             refused("file.forbidden_column", f"{FORBIDDEN}: email, agama.")),
        case("forbidden-and-missing", "adds NIK and leaves all else away", "kinerja.csv",
             "NIK\n7471010101900001\n", refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-without-rows", "sends a header with NIK only", "kinerja.csv",
             ",".join((*APPRAISAL, "nik")) + "\n", refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-in-workbook", "adds NIK to a workbook", "kinerja.xlsx",
             lambda: book([["Kinerja"], (*APPRAISAL, "NIK"),
                           *[[*row, "7471"] for row in appraisals(2)]]),
             refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-far-right", "hides NIK far to the right in a workbook", "kinerja.xlsx",
             lambda: book([[*APPRAISAL, *[None] * 40, "NIK"], *appraisals(2)]),
             refused("file.forbidden_column", FORBIDDEN)),
        case("forbidden-large", "adds NIK to a large file", "jabatan.csv",
             lambda: table((*JOB, "nik"), [[*row, "7471"] for row in jobs(*("A" * 2_500))]),
             refused("file.forbidden_column", FORBIDDEN)),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*doubled_cases(), *missing_cases(), *forbidden_cases()]
