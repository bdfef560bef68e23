"""Columns of the reference files, and the months of the lake that a period can look back to."""

from asn_warehouse import contracts
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


def window_months(settings: Settings, dataset: str) -> int:
    """Return how many months before the period the lake is read for ``dataset``.

    A snapshot is read as far back as it may be carried forward. Events are read as far back as the
    rule ``lake_months`` says: at least as long as a mart can use them, and a year more for files
    that come late.

    Raises:
        ContractError: when no rule says it of a dataset of events.
    """
    if contracts.dataset(settings, dataset).nature == "snapshot":
        return int(greatest_parameter(settings, "snapshot", "carry_forward_months"))
    return int(greatest_parameter(settings, "lake_months", dataset))
