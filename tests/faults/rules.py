"""Every rule of every contract, each broken by one row of a file of its own.

The sound rows are the examples of the contracts. The faulty row is the first example under another
key, so that the fault is the only one; it stands in row 4.
"""

from dataclasses import dataclass

from faults.catalogue import Answer, Case, accepted, case, partly
from faults.rows import table

from asn_warehouse.admission.rules import Check, checks
from asn_warehouse.contracts import Column, Dataset, datasets
from asn_warehouse.settings import Settings

Edit = dict[str, str]
FAULTY_ROW = 4

OTHER_KEY: dict[str, Edit] = {
    "pegawai": {"nip": "198003172005012777"},
    "jabatan": {"kode_jabatan": "JF-9999"},
    "standar_kompetensi": {"kode_jabatan": "JF-9999"},
    "kompetensi": {"kode_kompetensi": "T.KES.99"},
    "penilaian_kompetensi": {"nip": "198003172005012777"},
    "potensi": {"nip": "198003172005012777"},
    "kinerja": {"nip": "198003172005012777"},
    "riwayat_jabatan": {"nip": "198003172005012777"},
    "hukuman_disiplin": {"nip": "198003172005012777"},
    "rekam_jejak": {"nip": "198003172005012777"},
    "seleksi": {"nomor_peserta": "24-4011-999999"},
    "program_pelatihan": {"kode_program": "4012-PKA-99"},
    "peserta_pelatihan": {"nip": "198003172005012777"},
    "rencana_pengembangan": {"tahun": "2025"},
    "survei_pelatihan": {"id_responden": "R-zz"},
    "survei_kepuasan_kerja": {"id_responden": "R-zz"},
    "survei_kepuasan_masyarakat": {"id_responden": "R-zz"},
}
"""What makes the first example another row."""

CONFLICT: dict[str, Edit] = {
    "pegawai": {"nama_unor": "Unit lain"},
    "jabatan": {"kebutuhan": "77"},
    "standar_kompetensi": {"level_standar": "5"},
    "kompetensi": {"nama_kompetensi": "Nama lain"},
    "penilaian_kompetensi": {"level_capaian": "5"},
    "potensi": {"skor_potensi": "12"},
    "kinerja": {"kuadran": ""},
    "riwayat_jabatan": {"kode_unor_tujuan": "U-999"},
    "hukuman_disiplin": {"tanggal_akhir": ""},
    "rekam_jejak": {"nilai": "12"},
    "seleksi": {"kode_jabatan": "JF-9999"},
    "program_pelatihan": {"nama_program": "Nama lain"},
    "peserta_pelatihan": {"jp_diakui": "12"},
    "rencana_pengembangan": {"target_peserta": "12"},
    "survei_pelatihan": {"skor": "1"},
    "survei_kepuasan_kerja": {"kode_unor": "U-999"},
    "survei_kepuasan_masyarakat": {"kode_layanan": "LYN-99"},
}
"""What makes a second row of the first example's key contradict it."""

NOT_YET = "belum terjadi"
ANONYMOUS = "menyerupai NIP atau NIK"
ROW_FAULTS: dict[str, tuple[Edit, str]] = {
    "pegawai.nip_birth_date": ({"tanggal_lahir": "1980-03-18"}, "delapan angka pertama NIP"),
    "pegawai.nip_sex": ({"jenis_kelamin": "L"}, "angka ke-15 NIP"),
    "pegawai.nip_appointment": ({"tmt_cpns": "2005-02-01"}, "angka ke-9 sampai ke-14 NIP"),
    "pegawai.nip_status": ({"status_asn": "PPPK", "golongan": "IX"}, "susunan NIP"),
    "pegawai.age_at_appointment": (
        {"nip": "199003172005012777", "tanggal_lahir": "1990-03-17"}, "di luar 18 sampai 58"),
    "pegawai.position_start": ({"tmt_jabatan": "2026-11-01"}, "melewati akhir bulan laporan"),
    "pegawai.level_fits_type": ({"jenis_jabatan": "4"}, "tidak sesuai dengan jenis jabatan"),
    "pegawai.grade_fits_status": ({"golongan": "IX"}, "tidak sesuai dengan status ASN"),
    "pegawai.retirement_after_appointment": (
        {"tmt_pensiun": "2005-01-01"}, "tidak sesudah TMT CPNS"),
    "kompetensi.group_fits_code": ({"rumpun": "DIGITAL"}, "tidak sesuai dengan awal kode"),
    "penilaian_kompetensi.future_date": ({"tanggal_penilaian": "2026-11-06"}, NOT_YET),
    "penilaian_kompetensi.too_old": ({"tanggal_penilaian": "1989-12-31"}, "sebelum tahun 1990"),
    "potensi.future_date": ({"tanggal_penilaian": "2026-11-06"}, NOT_YET),
    "potensi.too_old": ({"tanggal_penilaian": "1989-12-31"}, "sebelum tahun 1990"),
    "potensi.incomplete": ({"skor_potensi": "", "belajar_cepat": ""}, "kedelapan aspek"),
    "kinerja.future_year": ({"tahun": "2027"}, NOT_YET),
    "kinerja.quadrant": ({"kuadran": "5"}, "berbeda dengan hasil hitung"),
    "riwayat_jabatan.future_date": ({"tmt": "2026-11-06"}, NOT_YET),
    "riwayat_jabatan.too_old": ({"tmt": "1959-12-31"}, "sebelum tahun 1960"),
    "riwayat_jabatan.level_direction": ({"jenis_perubahan": "DEMOSI"}, "tidak searah"),
    "hukuman_disiplin.future_date": (
        {"tanggal_mulai": "2026-11-06", "tanggal_akhir": ""}, NOT_YET),
    "hukuman_disiplin.date_order": ({"tanggal_akhir": "2026-01-31"}, "sebelum tanggal mulai"),
    "rekam_jejak.future_date": ({"tanggal": "2026-11-06"}, NOT_YET),
    "rekam_jejak.too_old": ({"tanggal": "1959-12-31"}, "sebelum tahun 1960"),
    "seleksi.future_year": ({"tahun": "2027"}, NOT_YET),
    "seleksi.final_without_administration": (
        {"lulus_administrasi": "T", "lulus_akhir": "Y"}, "tidak lulus administrasi"),
    "program_pelatihan.date_order": ({"tanggal_selesai": "2026-03-01"}, "sebelum"),
    "peserta_pelatihan.pre_score_scale": ({"nilai_pre": "100,5"}, "skala"),
    "peserta_pelatihan.post_score_scale": ({"nilai_post": "100,5"}, "skala"),
    "peserta_pelatihan.finished_without_date": ({"tanggal_selesai": ""}, "tanggal_selesai kosong"),
    "peserta_pelatihan.future_date": ({"tanggal_selesai": "2026-11-06"}, NOT_YET),
    "survei_pelatihan.respondent_identity": ({"id_responden": "1980031720050127"}, ANONYMOUS),
    "survei_kepuasan_kerja.respondent_identity": (
        {"id_responden": "198003172005012777"}, ANONYMOUS),
    "survei_kepuasan_masyarakat.respondent_identity": (
        {"id_responden": "7471 0101 0190 0001"}, ANONYMOUS),
    "survei_kepuasan_masyarakat.no_answer": (
        {f"u{n}": "" for n in range(1, 10)}, "tidak memuat satu pun jawaban"),
}  # fmt: skip
"""How the faulty row breaks each rule over several columns, and what its message says."""

CELL_SAYS = {
    "required": "kosong",
    "format": "tidak dapat dibaca",
    "ambiguous": "dua cara",
    "identity": "menyerupai NIP atau NIK",
    "code": "tidak ada dalam daftar",
    "range": "di luar batas",
    "excel_number": "Excel menyimpannya sebagai angka",
}
COMPANIONS: dict[str, Edit] = {
    "pegawai.status_asn": {"golongan": "IX"},
    "peserta_pelatihan.skala_maks": {"nilai_pre": "", "nilai_post": ""},
    "peserta_pelatihan.tanggal_selesai": {"status": "BERJALAN"},
}
"""What must change with a column so that its fault stays the only one."""

WORD = {"nip": "19800317200501277", "date": "31-02-2026", "integer": "tiga", "number": "1 lusin"}


def wrong_cell(column: Column, kind: str) -> str:
    """Return a value of ``column`` that breaks its check ``kind`` and no other."""
    if kind == "range":
        bound = column.minimum if column.minimum is not None else column.exclusive_minimum
        return str(int(bound or 0) - (column.minimum is not None))
    return {
        "required": "",
        "format": WORD.get(column.kind, "12" if column.name == "kode_wilayah" else "T.?"),
        "ambiguous": "1.234",
        "identity": f"{column.examples[0]} a.n. 198003172005011277",
        "code": "TIDAK_ADA",
        "excel_number": "1,98003E+17",
    }[kind]


@dataclass(frozen=True)
class Sound:
    """The two sound rows of a dataset, and what becomes of the first in other hands."""

    dataset: Dataset

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.dataset.columns]

    def rows(self) -> list[list[str]]:
        return [[column.examples[at] for column in self.dataset.columns] for at in (0, 1)]

    def with_row(self, *edits: Edit, more: str = "") -> str:
        """Return a file whose third row is the first one after ``edits``."""
        found = dict(zip(self.names, self.rows()[0], strict=True))
        for edit in edits:
            found |= edit
        return table(self.names, [*self.rows(), list(found.values())]).removesuffix("\n") + more


def fault(sound: Sound, check: Check) -> tuple[str, Answer]:
    """Return a file in which one row breaks ``check``, and its answer."""
    dataset = sound.dataset
    other, here = OTHER_KEY[dataset.name], (FAULTY_ROW,)
    answer = partly(3, {check.id: 1}, numbers=here)
    if check.kind == "broken_row":
        return sound.with_row(other, more=",lebih"), said(answer, "tidak dapat dipisahkan")
    if check.kind == "duplicate":
        return sound.with_row(), said(answer, "sama persis dengan baris lain")
    if check.kind == "conflict":
        both = partly(3, {check.id: 2}, "bertentangan dengan baris lain", numbers=(2, 4))
        return sound.with_row(CONFLICT[dataset.name]), both
    if check.kind == "row":
        edit, says = ROW_FAULTS[check.id]
        if check.severity == "warning":
            return sound.with_row(other, edit), accepted(3, {check.id: 1}, says=says)
        return sound.with_row(other, edit), said(answer, says)
    (name,) = check.columns
    column = dataset.column(name)
    companions = COMPANIONS.get(f"{dataset.name}.{name}", {})
    text = sound.with_row(other, companions, {name: wrong_cell(column, check.kind)})
    return text, said(answer, CELL_SAYS[check.kind])


def said(answer: Answer, says: str) -> Answer:
    return partly(answer.read, answer.rules, says, numbers=answer.numbers)


def cases() -> list[Case]:
    found = []
    for name, dataset in datasets(Settings()).items():
        sound = Sound(dataset)
        label = f"sends the examples of {name}"
        found.append(case(name, label, f"{name}.csv", table(sound.names, sound.rows()),
                          accepted(2)))  # fmt: skip
        for check in checks(dataset):
            text, answer = fault(sound, check)
            found.append(
                case(check.id, f"breaks {check.id} in one row", f"{name}.csv", text, answer,
                     is_checked=False)
            )  # fmt: skip
    return found
