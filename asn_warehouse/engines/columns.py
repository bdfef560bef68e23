"""Columns of the reference files, and the months of the lake that a period can look back to."""

from asn_warehouse.codes import greatest_parameter
from asn_warehouse.settings import Settings

REFERENCE: dict[str, dict[str, str]] = {
    "instansi": {
        "kode_instansi": "varchar",
        "nama_instansi": "varchar",
        "jenis": "varchar",
        "kode_wilayah": "varchar",
        "berlaku_mulai": "date",
        "berlaku_sampai": "date",
        "kode_pengganti": "varchar",
    },
    "kalender": {
        "period": "varchar",
        "dataset": "varchar",
        "jatuh_tempo": "date",
        "wajib": "varchar",
    },
    "wilayah": {
        "kode_wilayah": "varchar",
        "nama": "varchar",
        "kode_provinsi": "varchar",
        "terpencil": "varchar",
    },
}
"""The operator's files under ``reference/``."""

SNAPSHOTS = ("pegawai", "jabatan", "standar_kompetensi")
EVENT_MONTHS: dict[str, int] = {
    "penilaian_kompetensi": 48,
    "kinerja": 48,
    "program_pelatihan": 48,
    "peserta_pelatihan": 48,
    "survei_pelatihan": 48,
}
"""Months before the period whose submissions of an event can still matter: no rule of the marts
looks back further than the three years for which an assessment is valid (Peraturan BKN 26/2019
art. 29(4)), and a file may come up to a year late with events younger than its month."""

DATASETS = (*SNAPSHOTS, *EVENT_MONTHS)


def window_months(settings: Settings, dataset: str) -> int:
    """Return how many months before the period ``dataset`` is read from the lake."""
    if dataset in EVENT_MONTHS:
        return EVENT_MONTHS[dataset]
    return int(greatest_parameter(settings, "snapshot", "carry_forward_months"))
