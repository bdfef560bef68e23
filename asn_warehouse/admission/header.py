"""Which column of a file is which column of the contract, and which must not be there at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from asn_warehouse import contracts
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.errors import SubmissionRefused

fold = lru_cache(maxsize=20_000)(contracts.fold)
"""The folding of names, which are the same in most files."""

FORBIDDEN = frozenset(
    fold(name)
    for name in (
        # UU 27/2022 article 4: general personal data that no indicator needs
        "nik", "no_nik", "nomor_nik", "nik_ktp", "no_ktp", "nomor_ktp", "ktp", "no_kk", "nomor_kk",
        "nomor_induk_kependudukan", "no_kartu_keluarga", "nomor_kartu_keluarga",
        "alamat", "alamat_rumah", "alamat_ktp", "alamat_domisili", "alamat_lengkap",
        "alamat_tinggal", "tempat_tinggal", "domisili", "no_hp", "nomor_hp", "hp", "handphone",
        "no_handphone", "nomor_handphone", "no_telp", "nomor_telp", "no_telepon", "nomor_telepon",
        "telp", "telepon", "no_wa", "nomor_wa", "whatsapp", "no_whatsapp", "nomor_whatsapp",
        "email", "email_gov", "email_pribadi", "email_dinas", "alamat_email", "surel",
        "agama", "agama_id", "agama_nama", "status_perkawinan", "status_perkawinan_id",
        "status_pernikahan", "status_kawin", "status_nikah", "jenis_kawin", "jenis_kawin_id",
        "jenis_kawin_nama", "nama_ibu", "nama_ibu_kandung", "nama_ayah", "data_ortu", "ortu",
        "akte_kelahiran", "akta_kelahiran", "no_akte_kelahiran", "akte_meninggal",
        "akta_kematian", "karis_karsu", "no_karis_karsu", "kartu_asn", "nomor_kartu_asn",
        # the same article, specific data: spouse and children
        "jumlah_istri_suami", "jumlah_istri", "jumlah_suami", "jumlah_anak", "jumlah_tanggungan",
        "anak", "nama_anak", "data_anak", "istri", "suami", "pasangan", "nama_istri", "nama_suami",
        "nama_pasangan", "data_pasangan",
        # finance
        "gaji", "gaji_pokok", "gaji_bersih", "gaji_kotor", "tunjangan", "tunjangan_kinerja",
        "tukin", "penghasilan", "rekening", "no_rekening", "nomor_rekening", "npwp", "no_npwp",
        "nomor_npwp", "npwp16", "no_npwp16", "tgl_npwp", "no_taspen", "nomor_taspen", "taspen",
        # health
        "bpjs", "no_bpjs", "nomor_bpjs", "bpjs_kesehatan", "no_bpjs_kesehatan",
        "bpjs_ketenagakerjaan", "askes", "no_askes", "nomor_askes", "golongan_darah", "gol_darah",
        "riwayat_penyakit", "riwayat_kesehatan", "kesehatan", "disabilitas", "penyakit",
        "surat_keterangan_dokter", "no_surat_keterangan_dokter", "tgl_surat_keterangan_dokter",
        "bebas_narkoba", "surat_keterangan_bebas_narkoba", "no_surat_keterangan_bebas_narkoba",
        "tgl_surat_keterangan_bebas_narkoba",
        # biometrics and crime
        "foto", "pas_foto", "photo", "sidik_jari", "biometrik", "skck", "no_skck", "nomor_skck",
        "tgl_skck", "alasan_hukuman", "alasan_hukdis", "alasan_hukuman_disiplin",
        "alasan_hukuman_disiplin_id", "alasan_hukuman_disiplin_nama",
    )
)  # fmt: skip
"""Folded names of columns that refuse a file; nothing of it is stored."""

MAX_COLUMNS = 16_384
"""As many columns as a sheet of Excel has; no export has more."""

MAX_NAMED = 100


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


def folded_names(column: Column) -> tuple[str, ...]:
    """Return the folded names of ``column``, best first: its own, then its synonyms in order.

    Where the own name stands among the synonyms, that is its rank: SIASN has names of ours for
    less exact things.
    """
    own, aliases = fold(column.name), [fold(alias) for alias in column.aliases]
    return tuple(dict.fromkeys(aliases if own in aliases else [own, *aliases]))


def recognised(dataset: Dataset, cells: list[str]) -> int:
    """Return how many columns of ``dataset`` the row ``cells`` names."""
    folded = {fold(cell) for cell in cells}
    return sum(not folded.isdisjoint(folded_names(column)) for column in dataset.columns)


def is_named(column: Column, cells: list[str]) -> bool:
    """Return whether the row ``cells`` names ``column``."""
    return not {fold(cell) for cell in cells}.isdisjoint(folded_names(column))


def refuse_forbidden(names: Iterable[str]) -> None:
    """Refuse a file that has one of ``names`` as a column, where that is forbidden."""
    forbidden = [name.strip() for name in names if fold(name) in FORBIDDEN]
    if forbidden:
        raise SubmissionRefused("file.forbidden_column", value=", ".join(forbidden))


def refuse_missing(dataset: Dataset, found: Iterable[str]) -> None:
    """Refuse a file in which a required column of ``dataset`` is not among those ``found``."""
    here = set(found)
    missing = [c.name for c in dataset.columns if c.required and c.name not in here]
    if missing:
        raise SubmissionRefused("file.missing_column", value=", ".join(missing))


def named(ignored: list[str]) -> tuple[str, ...]:
    """Return the names of ignored columns for the receipt: nobody reads thousands of them."""
    return (*ignored[:MAX_NAMED], "…") if len(ignored) > MAX_NAMED else tuple(ignored)


def match_header(dataset: Dataset, cells: list[str]) -> Header:
    """Return where each column of ``dataset`` stands in the header row ``cells``.

    Where several names of one column are there, the best counts and the others are ignored.

    Raises:
        SubmissionRefused: a forbidden column, a column named twice, or required ones missing.
    """
    if len(cells) > MAX_COLUMNS:
        raise SubmissionRefused("file.too_wide", value=len(cells))
    refuse_forbidden(cells)
    places: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        places.setdefault(fold(cell), []).append(position)
    positions: dict[str, int] = {}
    for column in dataset.columns:
        for name in folded_names(column):
            found = places.get(name, [])
            if len(found) > 1:
                raise SubmissionRefused("file.duplicate_column", value=cells[found[0]].strip())
            if found and column.name not in positions:
                positions[column.name] = found[0]
    refuse_missing(dataset, positions)
    taken = set(positions.values())
    ignored = [c.strip() for i, c in enumerate(cells) if i not in taken and c.strip()]
    return Header(tuple(positions.items()), len(cells), named(ignored))
