"""People: NIPs as spreadsheets and hands leave them, layouts, and names of every kind."""

from collections.abc import Mapping

from faults.catalogue import Answer, Case, accepted, case, partly
from faults.rows import APPRAISAL, NIPS, appraisals, table

NIP = NIPS[1]
FORMAT, EXCEL = "kinerja.nip.format", "kinerja.nip.excel_number"
UNREAD, SPOILT = "tidak dapat dibaca", "rusak karena Excel"


def with_nip(nip: str) -> str:
    """Return three rows of ``kinerja``, the second under ``nip``."""
    rows = appraisals(3)
    rows[1][0] = nip
    return table(APPRAISAL, rows)


def sound_nips() -> list[Case]:
    written = {
        "nip-blanks": ("writes an NIP in groups", f"{NIP[:8]} {NIP[8:14]} {NIP[14]} {NIP[15:]}"),
        "nip-outer-blanks": ("writes blanks around an NIP", f"  {NIP} "),
        "nip-hard-blanks": ("writes hard blanks inside an NIP", f"{NIP[:8]}\u00a0{NIP[8:]}"),
        "nip-apostrophe": ("writes an apostrophe so that Excel keeps the digits", f"'{NIP}"),
        "nip-grave": ("writes a grave accent before an NIP", f"`{NIP}"),
        "nip-curly": ("lets Word turn the apostrophe", f"’{NIP}"),
        "nip-quotes": ("writes quotes around an NIP", f'"{NIP}"'),
        "nip-formula": ("writes an NIP as a formula of text", f'="{NIP}"'),
        "nip-label": ("writes the word NIP before the digits", f"NIP. {NIP}"),
        "nip-direction": ("copies an NIP with marks of direction", f"\u202d{NIP}\u202c"),
        "nip-zero-width": ("copies an NIP with zero-width blanks", f"\u200b{NIP}\u200d"),
        "nip-pppk": ("sends a PPPK's NIP", "198003172023211001"),
        "nip-serial-large": ("sends an NIP with the serial 999", f"{NIP[:15]}999"),
    }
    return [
        case(id, did, "kinerja.csv", with_nip(nip), accepted(3))
        for id, (did, nip) in written.items()
    ]


def wrong_nips() -> list[Case]:
    written = {
        "nip-17": ("loses a digit of an NIP", NIP[:-1], FORMAT),
        "nip-19": ("types a digit twice", NIP + "1", FORMAT),
        "nip-9": ("sends an NIP of the old kind", "131234567", FORMAT),
        "nip-nik": ("sends a NIK as NIP", "7471010101800001", FORMAT),
        "nip-letters": ("types the letter O for zero", NIP.replace("0", "O"), FORMAT),
        "nip-fullwidth": ("types full-width digits", NIP.translate(WIDE), FORMAT),
        "nip-arabic": ("types Arabic digits", NIP.translate(ARABIC), FORMAT),
        "nip-month-13": ("types a month of birth that does not exist", f"19801317{NIP[8:]}",
                         FORMAT),
        "nip-day-31": ("types 31 February", f"19800231{NIP[8:]}", FORMAT),
        "nip-century": ("types a year of birth of another century", f"1880{NIP[4:]}", FORMAT),
        "nip-appointed-19": ("types 19 as month of appointment", f"{NIP[:12]}19{NIP[14:]}", FORMAT),
        "nip-appointed-00": ("types 00 as month of appointment", f"{NIP[:12]}00{NIP[14:]}", FORMAT),
        "nip-sex-3": ("types a sex that does not exist", f"{NIP[:14]}3{NIP[15:]}", FORMAT),
        "nip-dots": ("writes dots inside an NIP", f"{NIP[:8]}.{NIP[8:]}", FORMAT),
        "nip-two": ("writes two NIPs into a cell", f"{NIP}/{NIPS[5]}", FORMAT),
        "nip-remark": ("writes a remark behind an NIP", f"{NIP} (Plt)", FORMAT),
        "nip-name": ("writes a name for an NIP", "Budi Santoso", FORMAT),
        "nip-zeros": ("writes zeros for an unknown NIP", "0" * 18, EXCEL),
        "nip-nines": ("writes nines for an unknown NIP", "9" * 18, FORMAT),
        "nip-scientific": ("lets Excel shorten an NIP", "1.98003E+17", EXCEL),
        "nip-scientific-comma": ("lets an Indonesian Excel shorten an NIP", "1,98003E+17", EXCEL),
        "nip-scientific-small": ("exports an NIP as a float", "1.98003172005011e17", EXCEL),
        "nip-rounded": ("lets Excel round the last three digits", NIP[:15] + "000", EXCEL),
        "nip-float": ("exports an NIP with a fraction", f"{NIP}.0", EXCEL),
        "nip-float-comma": ("exports an NIP with a comma", f"{NIP},00", EXCEL),
    }  # fmt: skip
    says = {FORMAT: UNREAD, EXCEL: SPOILT}
    found = [
        case(id, did, "kinerja.csv", with_nip(nip), partly(3, {rule: 1}, says[rule], numbers=(3,)))
        for id, (did, nip, rule) in written.items()
    ]
    blank = partly(3, {"kinerja.nip.required": 1}, "kosong", numbers=(3,))
    return [
        *found,
        case("nip-none", "forgets an NIP", "kinerja.csv", with_nip(""), blank),
        case("nip-dash", "writes a dash for an NIP", "kinerja.csv", with_nip("-"), blank),
        case("nip-twice-in-two-styles", "sends a person twice, once with blanks", "kinerja.csv",
             with_nip(f"{NIPS[0][:8]} {NIPS[0][8:]}"),
             partly(3, {"kinerja.duplicate": 1}, "sama persis", numbers=(3,))),
        case("nip-rounded-twice", "lets Excel round two NIPs to the same", "kinerja.csv",
             with_nip(NIP[:15] + "000").replace(NIPS[2], NIP[:15] + "000"),
             partly(3, {EXCEL: 2}, SPOILT, numbers=(3, 4))),
    ]  # fmt: skip


WIDE = {ord(str(n)): chr(0xFF10 + n) for n in range(10)}
ARABIC = {ord(str(n)): chr(0x0660 + n) for n in range(10)}

PERSON = {
    "nip": "198003172005012001", "nama": "Siti Rahmawati", "tanggal_lahir": "1980-03-17",
    "jenis_kelamin": "P", "status_asn": "PNS", "kedudukan_hukum": "01", "golongan": "III/c",
    "jenis_jabatan": "2", "jenjang_jabatan": "AHLI_MUDA", "kode_jabatan": "JF-1",
    "tmt_jabatan": "2022-07-01", "kode_unor": "U-1", "nama_unor": "Bidang", "kode_wilayah": "7471",
    "tingkat_pendidikan": "40", "tmt_cpns": "2005-01-01", "tmt_pensiun": "2038-04-01",
}  # fmt: skip
PPPK = {"nip": "199205142023212015", "tanggal_lahir": "1992-05-14", "status_asn": "PPPK",
        "golongan": "IX", "tmt_cpns": "2023-03-01", "tmt_jabatan": "2023-03-01",
        "tmt_pensiun": "2050-06-01"}  # fmt: skip


def roster(*edits: Mapping[str, str]) -> str:
    """Return a roster: the person after each of ``edits``."""
    people = [{**PERSON, **edit} for edit in edits]
    return table(list(PERSON), [list(person.values()) for person in people])


def layout_cases() -> list[Case]:
    warned = accepted(2, {"pegawai.nip_status": 1}, says="tidak sesuai dengan susunan NIP")
    grade = {"pegawai.grade_fits_status": 1}
    wrong = "tidak sesuai dengan status ASN"
    sound = accepted(2)
    people: dict[str, tuple[str, Mapping[str, str], Answer]] = {
        "layout-pppk": ("sends a PPPK among PNS", PPPK, sound),
        "layout-part-time": ("sends a part-time PPPK",
                             {**PPPK, "status_asn": "PPPK_PARUH_WAKTU"}, sound),
        "layout-part-time-blanks": ("writes PPPK Paruh Waktu with blanks",
                                    {**PPPK, "status_asn": "Pppk Paruh Waktu"}, sound),
        "layout-cpns": ("sends a CPNS", {"nip": "199503172025032001", "status_asn": "CPNS",
                        "tanggal_lahir": "1995-03-17", "tmt_cpns": "2025-03-01"}, sound),
        "layout-pns-as-pppk": ("calls a PNS a PPPK", {"nip": "198003172005012002",
                               "status_asn": "PPPK", "golongan": "IX"}, warned),
        "layout-pppk-as-pns": ("calls a PPPK a PNS",
                               {**PPPK, "status_asn": "PNS", "golongan": "III/a"}, warned),
        "layout-pppk-grade-of-pns": ("gives a PPPK the grade of a PNS",
                                     {**PPPK, "golongan": "III/a"},
                                     partly(2, grade, wrong, numbers=(3,))),
        "layout-pns-grade-of-pppk": ("gives a PNS the grade of a PPPK",
                                     {"nip": "198003172005012002", "golongan": "VII"},
                                     partly(2, grade, wrong, numbers=(3,))),
        "layout-grade-small": ("writes a grade in small letters",
                               {"nip": "198003172005012002", "golongan": "iii/C"}, sound),
        "layout-sex-words": ("writes the sex as a word",
                             {"nip": "198003172005012002", "jenis_kelamin": "Perempuan"}, sound),
        "layout-sex-unknown": ("writes a sex that is no code",
                               {"nip": "198003172005012002", "jenis_kelamin": "X"},
                               partly(2, {"pegawai.jenis_kelamin.code": 1}, "tidak ada dalam")),
        "layout-region-province": ("writes a province for a town",
                                   {"nip": "198003172005012002", "kode_wilayah": "74"},
                                   partly(2, {"pegawai.kode_wilayah.format": 1}, UNREAD)),
    }  # fmt: skip
    return [
        case(id, did, "pegawai.csv", roster({}, edit), answer)
        for id, (did, edit, answer) in people.items()
    ]


def name_cases() -> list[Case]:
    """Names stay in the vault: what is shown of them is that they are let in."""
    names = {
        "name-turned": ("has a name that turns the direction of writing", "Budi\u202eidub"),
        "name-joined": ("has zero-width signs inside a name", "Bu\u200bdi\u200d San\u2060toso"),
        "name-apostrophes": ("has apostrophes of all kinds in a name", "Ma'ruf Nu’man Ja`far"),
        "name-arabic": ("writes a name in Arabic letters", "محمد صالح"),
        "name-letter": ("has a name of one letter", "A"),
        "name-long": ("has a name of ten thousand letters", "Raden " * 1_666),
        "name-formula": ("has a name that is a formula", '=HYPERLINK("http://x","y")'),
        "name-script": ("has a script for a name", "<script>alert(1)</script>"),
        "name-sql": ("has a statement for a name", "Robert'); DROP TABLE typed;--"),
        "name-places": ("has braces and percent signs in a name", "{value} {0} %s ${HOME}"),
        "name-degrees": ("writes commas of degrees", "Dr. Siti, S.H., M.Kn."),
        "name-combining": ("has letters put together of signs", "Nyi Ajeng Se\u0301kar"),
        "name-none-but-signs": ("has a name of zero-width signs only", "\u200b\u200e\u2060"),
    }
    found = []
    for id, (did, name) in names.items():
        is_blank = id == "name-none-but-signs"
        missing = partly(2, {"pegawai.nama.required": 1}, "kosong", numbers=(3,))
        text = roster({}, {"nip": "198003172005012002", "nama": name})
        found.append(case(id, did, "pegawai.csv", text, missing if is_blank else accepted(2)))
    return found


def cases() -> list[Case]:
    return [*sound_nips(), *wrong_nips(), *layout_cases(), *name_cases()]
