"""The technical and digital competencies that agencies use (``kompetensi``)."""

import numpy as np
import pyarrow as pa

from asn_warehouse.simulate.draws import labels
from asn_warehouse.simulate.programs import Runs
from asn_warehouse.simulate.rosters import DIGITAL, TECHNICAL, TECHNICAL_PER_FAMILY
from asn_warehouse.simulate.structure import Structure

_TECHNICAL_NAMES = (
    "Pelayanan keperawatan",
    "Pengelolaan rekam medis",
    "Surveilans kesehatan masyarakat",
    "Penyusunan kurikulum",
    "Asesmen pembelajaran",
    "Pengelolaan satuan pendidikan",
    "Perencanaan jalan dan jembatan",
    "Pengawasan mutu konstruksi",
    "Pengelolaan aset infrastruktur",
    "Penganggaran berbasis kinerja",
    "Akuntansi pemerintahan",
    "Pengelolaan perbendaharaan",
    "Perencanaan pembangunan",
    "Analisis data statistik",
    "Pemantauan dan evaluasi program",
    "Perancangan peraturan perundang-undangan",
    "Penelaahan kontrak",
    "Penanganan perkara",
    "Analisis sistem informasi",
    "Pengelolaan infrastruktur TIK",
    "Keamanan informasi pemerintah",
    "Manajemen kepegawaian",
    "Analisis jabatan dan beban kerja",
    "Pengelolaan arsip dinamis",
    "Pengelolaan pelayanan terpadu",
    "Penanganan pengaduan masyarakat",
    "Penyusunan standar pelayanan",
    "Pengawasan lapangan",
    "Audit internal",
    "Manajemen risiko",
)
_DIGITAL_NAMES = ("Kecakapan digital", "Etika digital", "Keamanan digital", "Budaya digital")
_CODES = (*TECHNICAL, *DIGITAL)
_NAMES = (*_TECHNICAL_NAMES, *_DIGITAL_NAMES)
_DESCRIPTIONS = tuple(
    f"Mampu melaksanakan {name[0].lower()}{name[1:]} sesuai standar instansi." for name in _NAMES
)


def dictionary(structure: Structure, runs: Runs, agency: int) -> pa.Table:
    """Return ``kompetensi`` of one agency: what its standards, assessments and programmes name."""
    low, high = structure.offset[agency : agency + 2]
    fields = np.union1d(structure.family[low:high], runs.field[runs.owner == agency])
    technical = (fields[:, None] * TECHNICAL_PER_FAMILY + np.arange(TECHNICAL_PER_FAMILY)).ravel()
    used = np.r_[technical, len(TECHNICAL) + np.arange(len(DIGITAL))]
    is_digital = (used >= len(TECHNICAL)).astype(np.int64)
    return pa.table(
        {
            "kode_kompetensi": labels(_CODES, used),
            "nama_kompetensi": labels(_NAMES, used),
            "rumpun": labels(("TEKNIS", "DIGITAL"), is_digital),
            "uraian": labels(_DESCRIPTIONS, np.where(used % 5 == 0, -1, used)),
        }
    )
