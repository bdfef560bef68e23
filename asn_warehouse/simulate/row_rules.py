"""Faults of a whole row: the values of two columns that cannot both be true."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from asn_warehouse.periods import Period
from asn_warehouse.simulate.dialects import Dialect, date_text, number_text

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


def _assessed_later(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tanggal_penilaian": date_text(period.next(14).first_day, dialect)}


def _assessed_long_ago(row: Row, period: Period, dialect: Dialect) -> Edits | None:
    return {"tanggal_penilaian": date_text(date(1987, 8, 17), dialect)}


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
    "penilaian_kompetensi.future_date": _assessed_later,
    "penilaian_kompetensi.too_old": _assessed_long_ago,
    "kinerja.future_year": _future_year,
    "kinerja.quadrant": _quadrant,
    "program_pelatihan.date_order": _date_order,
    "peserta_pelatihan.pre_score_scale": _above_scale("nilai_pre"),
    "peserta_pelatihan.post_score_scale": _above_scale("nilai_post"),
    "peserta_pelatihan.finished_without_date": _without_date,
    "peserta_pelatihan.future_date": _finished_later,
    "survei_pelatihan.respondent_identity": _identity,
}
"""How a row comes to break each row rule of the contracts, and no other."""


def _other_level(column: str) -> Callable[[Row], Row | None]:
    return lambda row: {column: row[column] % 5 + 1}


CONFLICTS: dict[str, Callable[[Row], Row | None]] = {
    "pegawai": lambda row: {"nama_unor": "Unit Lain"},
    "jabatan": lambda row: {"kebutuhan": row["kebutuhan"] + 1},
    "standar_kompetensi": _other_level("level_standar"),
    "penilaian_kompetensi": _other_level("level_capaian"),
    "kinerja": lambda row: {"hasil_kerja": row["hasil_kerja"] % 3 + 1, "kuadran": None},
    "program_pelatihan": lambda row: {"nama_program": row["nama_program"] + " (revisi)"},
    "peserta_pelatihan": lambda row: {"jp_diakui": (row["jp_diakui"] or 0.0) + 1.0},
    "survei_pelatihan": _other_level("skor"),
}
"""Valid values that make a second row under the same key differ from the first."""
