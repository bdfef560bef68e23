"""What SIASN's web service answers is admitted as it is, through the names in the contracts."""

import json
from datetime import date
from typing import Any

import pytest
from support import AGENCY, NIPS, Home

from asn_warehouse.admission import Outcome

HEX = "A5EB03E23BFBF6A0E040640A040252AD"
UUID = "ff80808153c2a1e40153d2b7b5c31b2f"


def course(nip: str, **more: Any) -> dict[str, Any]:
    """Return a record of rw-kursus with every field that the service gives."""
    return {
        "id": UUID, "idPns": HEX, "nipBaru": nip, "nipLama": None, "jenisKursusId": None,
        "jenisKursusNama": "", "jenisKursusSertifikat": "T", "jenisDiklatId": "3",
        "namaKursus": "Bimbingan Teknis Pengelolaan Arsip", "institusiPenyelenggara": "ANRI",
        "jumlahJam": 24, "noSertipikat": "B-12/2026", "tahunKursus": 2026,
        "tanggalKursus": "02-03-2026", "tanggalSelesaiKursus": "05-03-2026",
        "path": {"881": {"dok_id": "881", "dok_uri": "peremajaan/usulan/881.pdf"}}, **more,
    }  # fmt: skip


def leadership(nip: str, **more: Any) -> dict[str, Any]:
    """Return a record of rw-diklat."""
    return {
        "id": HEX, "idPns": UUID, "nipBaru": nip, "latihanStrukturalId": "3",
        "latihanStrukturalNama": "DIKLATPIM TINGKAT III", "nomor": "PKA/77", "bobot": None,
        "tanggal": "01-02-2025", "tanggalSelesai": "30-06-2025", "tahun": 2025, "jumlahJam": 900,
        "institusiPenyelenggara": "LAN", "jenisKompetensi": None, "path": None, **more,
    }  # fmt: skip


def person(nip: str, **more: Any) -> dict[str, Any]:
    """Return data-utama of an analyst, without the fields that must not be sent."""
    return {
        "id": UUID, "nipBaru": nip, "nipLama": None, "nama": "SITI RAHMAWATI", "gelarDepan": "",
        "gelarBelakang": "S.Kom", "tglLahir": "17-03-1980",
        "jenisKelamin": "M" if nip[14] == "1" else "F", "jenisPegawaiId": "17",
        "jenisPegawaiNama": "PNS Daerah Kota", "kedudukanPnsId": "01", "kedudukanPnsNama": "Aktif",
        "statusPegawai": "PNS", "tkPendidikanTerakhirId": "40",
        "tkPendidikanTerakhir": "S-1/Sarjana", "pendidikanTerakhirId": HEX, "tahunLulus": "2003",
        "tmtCpns": "01-01-2005", "tmtPns": "01-01-2006", "tmtPensiun": "01-04-2038",
        "bupPensiun": 58, "instansiIndukId": HEX, "instansiIndukNama": "Pemerintah Kota Kendari",
        "instansiKerjaId": HEX, "instansiKerjaKodeCepat": "7471", "unorId": HEX,
        "unorNama": "BIDANG PENGEMBANGAN KOMPETENSI", "unorIndukId": UUID, "jenisJabatanId": "2",
        "jenisJabatan": "Jabatan Fungsional Tertentu", "jabatanNama": "Analis SDM Aparatur Muda",
        "jabatanStrukturalId": "", "jabatanStrukturalNama": "", "jabatanFungsionalId": UUID,
        "jabatanFungsionalNama": "Analis SDM Aparatur Muda", "jabatanFungsionalUmumId": None,
        "tmtJabatan": "01-07-2022", "lokasiKerjaId": HEX, "lokasiKerja": "Kendari",
        "golRuangAwalId": "31", "golRuangAkhirId": "33", "golRuangAkhir": "III/c",
        "tmtGolAkhir": "01-04-2021", "mkTahun": "16", "mkBulan": "3", "eselon": "", "eselonId": "",
        "eselonLevel": "", "tmtEselon": "", "asnJenjangJabatan": "JABATAN FUNGSIONAL AHLI MUDA",
        "kode_jenjang_jabatan": "MU", "kelas_jabatan": "9", "validNik": True, **more,
    }  # fmt: skip


def answer(data: object, code: int = 1) -> dict[str, object]:
    return {"code": code, "data": data}


def admitted(home: Home, dataset: str, content: object) -> Outcome:
    home.land(f"{dataset}.json", json.dumps(content))
    return home.ingest()[AGENCY, f"{dataset}.json"]


MIXED = [course(NIPS[0]), course(NIPS[1]), leadership(NIPS[0]), leadership(NIPS[2])]
SHAPES: dict[str, object] = {
    "one answer with both histories": answer(MIXED),
    "an answer for every person": [answer([record]) for record in MIXED],
    "answers, one person without any": [*(answer([r]) for r in MIXED), answer(None, code=0)],
    "lists in a list": [answer(MIXED[:2]), answer(MIXED[2:])],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_training_history_is_admitted_through_aliases_alone(home: Home, shape: str) -> None:
    outcome = admitted(home, "peserta_pelatihan", SHAPES[shape])
    assert (outcome.status, outcome.rows_read) == ("diterima", 4), outcome.reasons
    rows = home.lake("peserta_pelatihan")
    assert [
        (r["kode_program"], r["angkatan"], r["jp_diakui"], r["tanggal_selesai"], r["status"])
        for r in rows
    ] == [
        ("Bimbingan Teknis Pengelolaan Arsip", "02-03-2026", 24, date(2026, 3, 5), "LULUS"),
        ("Bimbingan Teknis Pengelolaan Arsip", "02-03-2026", 24, date(2026, 3, 5), "LULUS"),
        ("DIKLATPIM TINGKAT III", "01-02-2025", 900, date(2025, 6, 30), "LULUS"),
        ("DIKLATPIM TINGKAT III", "01-02-2025", 900, date(2025, 6, 30), "LULUS"),
    ]
    assert all(row["certificate_key"] for row in rows)
    assert len({row["person_key"] for row in rows}) == 3
    assert "path" in home.receipt("peserta_pelatihan")["kolom_diabaikan"]


def test_json_lines_of_answers_are_admitted(home: Home) -> None:
    lines = "\n".join(json.dumps(answer(history)) for history in ([MIXED[0]], MIXED[1:]))
    home.land("peserta_pelatihan.jsonl", lines)
    outcome = home.ingest()[AGENCY, "peserta_pelatihan.jsonl"]
    assert (outcome.status, outcome.format) == ("diterima", "jsonl")
    assert [row["row_number"] for row in home.lake("peserta_pelatihan")] == [1, 2, 3, 4]


def test_a_status_that_is_given_counts_and_outside_siasn_none_is_made_up(home: Home) -> None:
    history = [course(NIPS[0], status="BERJALAN"), course(NIPS[1], status="-"), course(NIPS[2])]
    admitted(home, "peserta_pelatihan", answer(history))
    assert [r["status"] for r in home.lake("peserta_pelatihan")] == ["BERJALAN", "LULUS", "LULUS"]
    bare = admitted(home, "peserta_pelatihan", {"data": [course(NIPS[0])]})
    assert (bare.refusal_rule, bare.refusal_value) == ("file.missing_column", "status")


def test_both_spellings_of_the_certificate_are_the_same_column(home: Home) -> None:
    spellings = ("noSertipikat", "nomorSertipikat", "noSertifikat", "NOMOR_SERTIFIKAT")
    history = []
    for nip, name in zip(NIPS, spellings, strict=False):
        record = course(nip)
        record[name] = record.pop("noSertipikat")
        history.append(record)
    assert admitted(home, "peserta_pelatihan", answer(history)).status == "diterima"
    assert len({row["certificate_key"] for row in home.lake("peserta_pelatihan")}) == 1


@pytest.mark.parametrize("is_list", [True, False], ids=["list", "one object"])
def test_the_main_record_is_admitted_through_aliases_alone(home: Home, is_list: bool) -> None:
    record = person(NIPS[0])
    outcome = admitted(home, "pegawai", answer([record] if is_list else record))
    assert outcome.status == "diterima", outcome.reasons
    (row,) = home.lake("pegawai")
    assert {name: row[name] for name in (
        "jenis_kelamin", "status_asn", "kedudukan_hukum", "golongan", "jenis_jabatan",
        "jenjang_jabatan", "kode_jabatan", "eselon", "kode_unor", "kode_wilayah",
        "tingkat_pendidikan", "tmt_jabatan",
    )} == {
        "jenis_kelamin": "L", "status_asn": "PNS", "kedudukan_hukum": "01", "golongan": "III/c",
        "jenis_jabatan": "2", "jenjang_jabatan": "AHLI_MUDA", "kode_jabatan": UUID, "eselon": None,
        "kode_unor": HEX, "kode_wilayah": "7471", "tingkat_pendidikan": "40",
        "tmt_jabatan": date(2022, 7, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("own", "kind", "level", "echelon"),
    [
        ("jabatanStrukturalId", "1", "JABATAN ADMINISTRATOR", "31"),
        ("jabatanFungsionalId", "2", "AHLI MUDA", ""),
        ("jabatanFungsionalUmumId", "4", "PELAKSANA", "99"),
    ],
)
def test_the_position_is_whichever_of_the_three_is_filled(
    home: Home, own: str, kind: str, level: str, echelon: str
) -> None:
    three = dict.fromkeys(
        ("jabatanStrukturalId", "jabatanFungsionalId", "jabatanFungsionalUmumId"), ""
    )
    record = person(
        NIPS[0], **{**three, own: HEX}, jenisJabatanId=kind, asnJenjangJabatan=level,
        eselonId=echelon, eselon="III.a" if echelon == "31" else "",
    )  # fmt: skip
    outcome = admitted(home, "pegawai", answer(record))
    assert outcome.status == "diterima", outcome.reasons
    (row,) = home.lake("pegawai")
    assert (row["kode_jabatan"], row["jenis_jabatan"], row["eselon"]) == (
        HEX,
        kind,
        echelon or None,
    )


@pytest.mark.parametrize("name", ["nik", "noHp", "emailGov", "jenisKawinId", "noNpwp", "bpjs"])
def test_a_full_dump_of_the_main_record_is_refused(home: Home, name: str) -> None:
    outcome = admitted(home, "pegawai", answer({**person(NIPS[0]), name: ""}))
    assert (outcome.refusal_rule, outcome.refusal_value) == ("file.forbidden_column", name)


def test_a_forbidden_name_deep_inside_refuses_the_file_too(home: Home) -> None:
    record = course(NIPS[0], keluarga=[{"ayah": {"Nomor KTP": "7"}}])
    outcome = admitted(home, "peserta_pelatihan", answer([record]))
    assert (outcome.refusal_rule, outcome.refusal_value) == ("file.forbidden_column", "Nomor KTP")


@pytest.mark.parametrize(
    "content",
    [
        answer(None, code=0),
        answer([], code=0),
        {"code": "0", "message": "Data tidak ditemukan"},
        {"code": 0, "data": "Data tidak ditemukan"},
        [answer(None, code=0)] * 3,
        answer([course(NIPS[0])], code=0),
    ],
)
def test_an_answer_without_data_is_refused_as_such(home: Home, content: object) -> None:
    outcome = admitted(home, "peserta_pelatihan", content)
    assert outcome.refusal_rule == "file.siasn_empty"
    assert "SIASN" in home.receipt("peserta_pelatihan")["penolakan_berkas"]["alasan"]


def test_an_answer_of_nobody_has_no_rows(home: Home) -> None:
    assert admitted(home, "peserta_pelatihan", answer([])).refusal_rule == "file.no_rows"


def test_periodic_appraisals_are_read_by_their_numbers(home: Home) -> None:
    record = {
        "id": HEX, "nip": NIPS[0], "tahun": "2025", "hasilKinerja": "SESUAI EKSPEKTASI",
        "hasilKinerjaNilai": 2, "perilakuKerja": "SESUAI EKSPEKTASI", "PerilakuKerjaNilai": "2",
        "kuadranKinerjaNilai": 2, "periodikId": "2", "periodikNama": "Triwulan III",
        "koefisenId": "22",
    }  # fmt: skip
    assert admitted(home, "kinerja", answer([record])).status == "diterima"
    (row,) = home.lake("kinerja")
    assert (row["periode"], row["hasil_kerja"], row["perilaku_kerja"]) == ("TW3", 2, 2)
