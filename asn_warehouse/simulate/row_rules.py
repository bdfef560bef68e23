"""Faults of a whole row: the values of two columns that cannot both be true."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from asn_warehouse.periods import Period
from asn_warehouse.simulate.dialects import Dialect, date_text, number_text
from asn_warehouse.simulate.potential import ASPECTS
from asn_warehouse.simulate.satisfaction import ELEMENTS

Row = dict[str, Any]
Edits = dict[str, str | float | None]
RowFault = Callable[[Row, Period, Dialect], Edits | None]


def _birth_date(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    if row["tmt_cpns"].year - row["tanggal_lahir"].year < 20:
        return None
    return {"tanggal_lahir": date_text(row["tanggal_lahir"] + timedelta(days=1), dialect)}


def _sex(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"jenis_kelamin": dialect.sexes[0 if row["jenis_kelamin"] == "P" else 1]}


def _appointment(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    """Move the appointment three years back, where age still allows it."""
    start: date = row["tmt_cpns"]
    if start.year - row["tanggal_lahir"].year < 23:
        return None
    return {"tmt_cpns": date_text(start.replace(year=start.year - 3, day=1), dialect)}


def _status(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    if row["status_asn"] != "PNS":
        return None
    return {"status_asn": "PPPK", "golongan": "IX"}


def _age(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    """Make the person 15 at appointment, in the NIP as well."""
    birth = date(row["tmt_cpns"].year - 15, row["tanggal_lahir"].month, 1)
    return {
        "nip": birth.strftime("%Y%m%d") + row["nip"][8:],
        "tanggal_lahir": date_text(birth, dialect),
    }


def _position_start(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tmt_jabatan": date_text(period.next(13).first_day, dialect)}


def _level_type(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"jenis_jabatan": "4" if row["jenis_jabatan"] == "2" else "2"}


def _grade(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"golongan": "III/a" if row["status_asn"].startswith("PPPK") else "IX"}


def _retirement(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tmt_pensiun": date_text(row["tmt_cpns"] - timedelta(days=31), dialect)}


def _dated_later(column: str) -> RowFault:
    return lambda row, period, dialect: {column: date_text(period.next(14).first_day, dialect)}


def _dated_long_ago(column: str) -> RowFault:
    return lambda row, period, dialect: {column: date_text(date(1957, 3, 1), dialect)}


def _sanctioned_later(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    """Let it begin in the future and end never, since it would end before it began."""
    later = date_text(period.next(14).first_day, dialect)
    return {"tanggal_mulai": later, "tanggal_akhir": None}


def _ended_before(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tanggal_akhir": date_text(row["tanggal_mulai"] - timedelta(days=3), dialect)}


def _group(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"rumpun": "TEKNIS" if row["rumpun"] == "DIGITAL" else "DIGITAL"}


def _without_potential(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"skor_potensi": None, ASPECTS[len(row["nip"]) % len(ASPECTS)]: None}


def _promoted_downwards(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    if row["jenis_perubahan"] != "PROMOSI":
        return None
    return {"jenjang_asal": row["jenjang_tujuan"], "jenjang_tujuan": row["jenjang_asal"]}


def _hired_regardless(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"lulus_administrasi": "T", "lulus_akhir": "Y"}


def _without_answer(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return dict.fromkeys(ELEMENTS)


def _future_year(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tahun": str(period.year + 2)}


def _quadrant(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    if row["kuadran"] is None:
        return None
    return {"kuadran": str(row["kuadran"] % 5 + 1)}


def _date_order(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tanggal_selesai": date_text(row["tanggal_mulai"] - timedelta(days=3), dialect)}


def _above_scale(column: str) -> RowFault:
    def fault(row: Row, period: Period, dialect: Dialect) -> Edits | None:
        if row[column] is None:
            return None
        return {column: number_text((row["skala_maks"] or 100) + 5.5, dialect)}

    return fault


def _without_date(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tanggal_selesai": None} if row["status"] in ("LULUS", "TIDAK_LULUS") else None


def _finished_later(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    if row["status"] != "LULUS":
        return None
    return {"tanggal_selesai": date_text(period.next(14).first_day, dialect)}


def _identity(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    digits = "".join(c for c in row["id_responden"] if c.isdigit()).zfill(10)
    if int(digits) % 2:
        return {"id_responden": "19850317" + digits[-10:]}
    return {"id_responden": "747101" + digits[-10:]}


ROW_RULES: dict[str, RowFault] = {
    "pegawai.nip_birth_date": _birth_date,
    "pegawai.nip_sex": _sex,
    "pegawai.nip_appointment": _appointment,
    "pegawai.nip_status": _status,
    "pegawai.age_at_appointment": _age,
    "pegawai.position_start": _position_start,
    "pegawai.level_fits_type": _level_type,
    "pegawai.grade_fits_status": _grade,
    "pegawai.retirement_after_appointment": _retirement,
    "penilaian_kompetensi.future_date": _dated_later("tanggal_penilaian"),
    "penilaian_kompetensi.too_old": _dated_long_ago("tanggal_penilaian"),
    "kinerja.future_year": _future_year,
    "kinerja.quadrant": _quadrant,
    "program_pelatihan.date_order": _date_order,
    "peserta_pelatihan.pre_score_scale": _above_scale("nilai_pre"),
    "peserta_pelatihan.post_score_scale": _above_scale("nilai_post"),
    "peserta_pelatihan.finished_without_date": _without_date,
    "peserta_pelatihan.future_date": _finished_later,
    "survei_pelatihan.respondent_identity": _identity,
    "kompetensi.group_fits_code": _group,
    "potensi.future_date": _dated_later("tanggal_penilaian"),
    "potensi.too_old": _dated_long_ago("tanggal_penilaian"),
    "potensi.incomplete": _without_potential,
    "riwayat_jabatan.future_date": _dated_later("tmt"),
    "riwayat_jabatan.too_old": _dated_long_ago("tmt"),
    "riwayat_jabatan.level_direction": _promoted_downwards,
    "hukuman_disiplin.future_date": _sanctioned_later,
    "hukuman_disiplin.date_order": _ended_before,
    "rekam_jejak.future_date": _dated_later("tanggal"),
    "rekam_jejak.too_old": _dated_long_ago("tanggal"),
    "seleksi.future_year": _future_year,
    "seleksi.final_without_administration": _hired_regardless,
    "survei_kepuasan_kerja.respondent_identity": _identity,
    "survei_kepuasan_masyarakat.respondent_identity": _identity,
    "survei_kepuasan_masyarakat.no_answer": _without_answer,
}
"""How a row comes to break each row rule of the contracts, and no other."""


def _other_level(column: str) -> Callable[[Row], Row | None]:
    return lambda row: {column: row[column] % 5 + 1}


def _other_score(column: str) -> Callable[[Row], Row | None]:
    return lambda row: {column: (row[column] or 0.0) / 2 + 1}


CONFLICTS: dict[str, Callable[[Row], Row | None]] = {
    "pegawai": lambda row: {"nama_unor": "Unit Lain"},
    "jabatan": lambda row: {"kebutuhan": row["kebutuhan"] + 1},
    "standar_kompetensi": _other_level("level_standar"),
    "penilaian_kompetensi": _other_level("level_capaian"),
    "kinerja": lambda row: {"hasil_kerja": row["hasil_kerja"] % 3 + 1, "kuadran": None},
    "program_pelatihan": lambda row: {"nama_program": row["nama_program"] + " (revisi)"},
    "peserta_pelatihan": lambda row: {"jp_diakui": (row["jp_diakui"] or 0.0) + 1.0},
    "survei_pelatihan": _other_level("skor"),
    "kompetensi": lambda row: {"nama_kompetensi": row["nama_kompetensi"] + " (revisi)"},
    "potensi": _other_score("skor_potensi"),
    "riwayat_jabatan": lambda row: {"instansi_tujuan": "0000"},
    "hukuman_disiplin": lambda row: {"tingkat": "S" if row["tingkat"] == "R" else "R"},
    "rekam_jejak": _other_score("nilai"),
    "seleksi": _other_score("skor_teknis"),
    "rencana_pengembangan": lambda row: {"target_peserta": row["target_peserta"] + 1},
    "survei_kepuasan_kerja": _other_level("skor"),
    "survei_kepuasan_masyarakat": lambda row: {"kode_layanan": row["kode_layanan"] + "-B"},
}
"""Valid values that make a second row under the same key differ from the first."""


def _copied_run(row: Row, number: int) -> Row:
    return {**row, "angkatan": f"X{number}"}


def _copied_earlier(column: str) -> Callable[[Row, int], Row]:
    return lambda row, number: {**row, column: row[column] - timedelta(days=number)}


def _copied_competency(row: Row, number: int) -> Row:
    return {**row, "kode_kompetensi": f"{row['kode_kompetensi']}.X{number}"}


COPIES: dict[str, Callable[[Row, int], Row]] = {
    "program_pelatihan": _copied_run,
    "hukuman_disiplin": _copied_earlier("tanggal_mulai"),
    "potensi": _copied_earlier("tanggal_penilaian"),
    "kompetensi": _copied_competency,
}
"""Datasets whose faults go into copies under keys of their own: other rows refer to the true ones,
or there are too few of them."""
