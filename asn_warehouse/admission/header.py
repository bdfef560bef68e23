"""Which column of a file is which column of the contract, and which must not be there at all."""

from dataclasses import dataclass

from asn_warehouse.contracts import Dataset, fold
from asn_warehouse.errors import SubmissionRefused

FORBIDDEN = frozenset(
    fold(name)
    for name in (
        # UU 27/2022: general and specific personal data that no indicator needs
        "nik", "no_ktp", "no_kk", "alamat", "alamat_rumah", "no_hp", "no_telp", "no_telepon",
        "nomor_hp", "telepon", "hp", "email", "email_gov", "email_pribadi", "agama", "agama_id",
        "status_perkawinan", "status_kawin", "status_nikah", "jenis_kawin", "jenis_kawin_id",
        "jumlah_istri_suami", "jumlah_anak", "nama_anak", "nama_istri", "nama_suami",
        "nama_pasangan", "nama_ibu", "nama_ayah", "data_anak", "data_pasangan", "data_ortu",
        "gaji", "gaji_pokok", "tunjangan", "penghasilan", "no_rekening", "npwp", "no_npwp",
        "nomor_npwp", "bpjs", "no_bpjs", "nomor_bpjs", "no_askes", "no_taspen", "skck",
        "no_skck", "akte_kelahiran", "akte_meninggal", "golongan_darah", "gol_darah",
        "riwayat_penyakit", "riwayat_kesehatan", "kesehatan", "disabilitas", "penyakit",
        "no_surat_keterangan_dokter", "no_surat_keterangan_bebas_narkoba", "karis_karsu",
        "kartu_asn", "foto", "sidik_jari", "alasan_hukuman", "alasan_hukdis",
    )
)  # fmt: skip
"""Folded names of columns that refuse a file; nothing of it is stored."""


@dataclass(frozen=True)
class Header:
    """Where each contract column stands in a file: position by name, and what is ignored."""

    positions: tuple[tuple[str, int], ...]
    width: int
    ignored: tuple[str, ...]

    @property
    def by_name(self) -> dict[str, int]:
        """Position by contract column."""
        return dict(self.positions)


def recognised(dataset: Dataset, cells: list[str]) -> int:
    """Return how many columns of ``dataset`` the row ``cells`` names."""
    folded = {fold(cell) for cell in cells}
    return sum(
        not folded.isdisjoint({fold(n) for n in (column.name, *column.aliases)})
        for column in dataset.columns
    )


def match_header(dataset: Dataset, cells: list[str]) -> Header:
    """Return where each column of ``dataset`` stands in the header row ``cells``.

    Raises:
        SubmissionRefused: a forbidden column, a column named twice, or required ones missing.
    """
    folded = [fold(cell) for cell in cells]
    forbidden = [cell for cell, name in zip(cells, folded, strict=True) if name in FORBIDDEN]
    if forbidden:
        raise SubmissionRefused("file.forbidden_column", value=", ".join(forbidden))
    positions: dict[str, int] = {}
    for column in dataset.columns:
        for name in dict.fromkeys(fold(n) for n in (column.name, *column.aliases)):
            if folded.count(name) > 1:
                twice = cells[folded.index(name)].strip()
                raise SubmissionRefused("file.duplicate_column", value=twice)
            if name in folded and folded.index(name) not in positions.values():
                positions[column.name] = folded.index(name)
                break
    missing = [c.name for c in dataset.columns if c.required and c.name not in positions]
    if missing:
        raise SubmissionRefused("file.missing_column", value=", ".join(missing))
    taken = set(positions.values())
    ignored = tuple(c.strip() for i, c in enumerate(cells) if i not in taken and c.strip())
    return Header(tuple(positions.items()), len(cells), ignored)
