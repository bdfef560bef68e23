"""The simulator: the same bytes for the same seed, national shares, people who stay themselves."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from asn_warehouse.codes import code_list
from asn_warehouse.contracts import datasets
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings, get_settings
from asn_warehouse.simulate import SimulationResult, SimulationSpec, simulate
from asn_warehouse.simulate.agencies import agency_sizes, choose_agencies
from asn_warehouse.simulate.draws import rank_in_group, share_out, to_date
from asn_warehouse.simulate.population import EDUCATION, GRADES, PPPK, STATUSES, create_people
from asn_warehouse.simulate.spec import DATASETS
from asn_warehouse.simulate.structure import LEVELS, build_structure

PERIOD = Period.parse("2026-10")
SMALL = SimulationSpec(period=PERIOD, months=2, agencies=6, people=900, faults_per_rule=1)
CLEAN = SimulationSpec(period=PERIOD, months=3, agencies=4, people=800, faults_per_rule=0)


def _fingerprint(home: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(home)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns if "landing" in path.parts else 0,
        )
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def _run(home: Path, spec: SimulationSpec) -> tuple[Settings, SimulationResult]:
    settings = get_settings(home)
    return settings, simulate(settings, spec)


def test_the_same_seed_gives_the_same_bytes_and_times_and_another_seed_does_not(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        _run(tmp_path / name, SMALL)
    _run(tmp_path / "c", SMALL.model_copy(update={"seed": 7}))
    first, second, other = (_fingerprint(tmp_path / name) for name in "abc")
    assert len(first) > 6 * 2 * 14
    assert first == second
    same = [path for path in first if path in other and first[path][0] == other[path][0]]
    assert not [path for path in same if path.endswith(("pegawai.csv", "kinerja.csv"))]


def test_every_agency_sends_what_there_is_in_every_month(tmp_path: Path) -> None:
    """Selections come out at first, staff are asked in September, sanctions are rare."""
    settings, result = _run(tmp_path, CLEAN)
    found = 0
    for number, period in enumerate(CLEAN.periods):
        expected = set(DATASETS) - ({"seleksi"} if number else set())
        expected -= {"survei_kepuasan_kerja"} if period.month != 9 else set()
        for agency in result.agencies:
            names = [p.name for p in (settings.landing / str(period) / agency).iterdir()]
            sent = {name.split(".")[0] for name in names}
            assert sent | {"hukuman_disiplin"} == expected
            found += len(names)
    assert result.files == found
    assert result.faults == 0
    assert result.truth.read_text().count("\n") == 1


def test_the_calendar_expects_what_comes_every_month_and_surveys_of_staff_once_a_quarter(
    tmp_path: Path,
) -> None:
    settings, _ = _run(tmp_path, CLEAN)
    with (settings.reference / "kalender.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["period"] for row in rows) == {str(p): 17 for p in CLEAN.periods}
    not_due = {
        period: {r["dataset"] for r in rows if (r["period"], r["wajib"]) == (period, "T")}
        for period in ("2026-08", "2026-09", "2026-10")
    }
    never = {"seleksi", "hukuman_disiplin"}
    assert not_due == {
        "2026-08": {*never, "standar_kompetensi", "survei_kepuasan_kerja"},
        "2026-09": {*never, "standar_kompetensi"},
        "2026-10": {*never, "survei_kepuasan_kerja"},
    }


def test_damage_replaces_files_and_one_is_never_sent(tmp_path: Path) -> None:
    settings, result = _run(tmp_path, SMALL)
    clean = SMALL.model_copy(update={"faults_per_rule": 0})
    assert result.files == _run(tmp_path / "clean", clean)[1].files - 1 + 3
    assert len(list(settings.landing.rglob("*.*"))) == result.files
    ((period, agency, dataset),) = result.not_submitted
    assert not list((settings.landing / period / agency).glob(f"{dataset}.*"))


def test_a_home_with_files_is_left_alone_unless_told_to_overwrite(tmp_path: Path) -> None:
    settings, _ = _run(tmp_path, CLEAN)
    with pytest.raises(UsageError, match="already"):
        simulate(settings, CLEAN)
    before = _fingerprint(tmp_path)
    simulate(settings, CLEAN.model_copy(update={"overwrite": True}))
    assert _fingerprint(tmp_path) == before


def test_the_smallest_simulation_is_one_month_of_three_agencies(tmp_path: Path) -> None:
    spec = SimulationSpec(period=PERIOD, months=1, agencies=3, people=180, faults_per_rule=1)
    _, result = _run(tmp_path, spec)
    assert result.files > 3 * 14


def test_progress_counts_up_to_all_agencies_and_months(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    simulate(get_settings(tmp_path), CLEAN, lambda done, total, label: seen.append((done, total)))
    assert seen == [(n, 12) for n in range(1, 13)]


def _people(size: int = 40_000):  # type: ignore[no-untyped-def]
    spec = SimulationSpec(period=PERIOD, people=size)
    agencies = choose_agencies(spec)
    sizes = agency_sizes(spec, agencies)
    structure = build_structure(agencies, sizes, spec.seed)
    return spec, structure, create_people(spec, agencies, sizes, structure)


def test_shares_follow_the_national_figures() -> None:
    _, _, people = _people()
    now = people.joins == 0
    education = np.array([int(code) for code in EDUCATION])[people.education[now]]
    level = people.level[now]
    years = (2026 + 7 / 12) - (1970 + people.appointed[now] / 365.2425)
    shares = {
        "PPPK": (people.status[now] >= PPPK).mean(),
        "women": people.sex[now].mean(),
        "school": (education < 20).mean(),
        "diploma": ((education >= 20) & (education < 35)).mean(),
        "degree": ((education >= 35) & (education < 45)).mean(),
        "master": ((education >= 45) & (education < 50)).mean(),
        "doctor": (education >= 50).mean(),
        "functional": (level > 5).mean(),
        "pelaksana": (level == 5).mean(),
        "structural": (level < 5).mean(),
        "0-5 years": (years < 5).mean(),
        "over 30 years": (years > 30).mean(),
    }
    national = {
        "PPPK": 0.356, "women": 0.562, "school": 0.150, "diploma": 0.119, "degree": 0.6215,
        "master": 0.101, "doctor": 0.0092, "functional": 0.636, "pelaksana": 0.307,
        "structural": 0.057, "0-5 years": 0.48, "over 30 years": 0.0103,
    }  # fmt: skip
    for name, expected in national.items():
        assert shares[name] == pytest.approx(expected, abs=max(0.002, 0.05 * expected)), name


def test_every_nip_is_unique_and_tells_birth_appointment_and_sex() -> None:
    _, _, people = _people(5_000)
    nips = [str(nip) for nip in people.nip]
    assert len(set(nips)) == len(nips) > 5_000
    for n, nip in enumerate(nips):
        birth, start = to_date(int(people.birth[n])), to_date(int(people.appointed[n]))
        is_contract = people.status[n] >= PPPK
        assert len(nip) == 18
        assert nip[:8] == birth.strftime("%Y%m%d")
        assert nip[8:14] == (f"{start.year}21" if is_contract else start.strftime("%Y%m"))
        assert nip[14] == str(people.sex[n] + 1)
        assert nip[15:] != "000"
        assert 18 <= (start - birth).days / 365.25 < 59


def test_codes_are_those_of_the_code_lists(tmp_path: Path) -> None:
    settings = get_settings(tmp_path)
    assert set(LEVELS) == set(code_list(settings, "position_level"))
    assert set(GRADES) == set(code_list(settings, "grade"))
    assert set(EDUCATION) <= set(code_list(settings, "education_level"))
    assert set(STATUSES) == set(code_list(settings, "employment_status"))


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_people_stay_themselves_from_month_to_month(tmp_path: Path) -> None:
    """LAN (4012) writes plain UTF-8 with contract names: compare its roster by NIP."""
    settings, _ = _run(tmp_path, CLEAN)
    months = [
        {row["nip"]: row for row in _read(settings.landing / str(p) / "4012" / "pegawai.csv")}
        for p in CLEAN.periods
    ]
    stayed = months[0].keys() & months[-1].keys()
    assert len(stayed) > 0.95 * len(months[0])
    assert months[-1].keys() - months[0].keys()
    fixed = ("nama", "tanggal_lahir", "jenis_kelamin", "tmt_cpns", "tingkat_pendidikan")
    for nip in stayed:
        assert [months[0][nip][c] for c in fixed] == [months[-1][nip][c] for c in fixed]


def test_training_raises_scores_and_participants_find_their_programme(tmp_path: Path) -> None:
    spec = CLEAN.model_copy(update={"agencies": 3, "people": 1_500, "months": 2})
    settings, _ = _run(tmp_path, spec)
    folder = settings.landing / str(spec.first_period) / "4012"
    own = {(r["kode_program"], r["angkatan"]) for r in _read(folder / "program_pelatihan.csv")}
    rows = _read(folder / "peserta_pelatihan.csv")
    tested = [r for r in rows if r["nilai_post"] and (r["skala_maks"] or "100") == "100"]
    gain = [float(r["nilai_post"]) - float(r["nilai_pre"]) for r in tested]
    assert len(gain) > 30
    assert 5 < float(np.mean(gain)) < 20
    assert len({(r["nip"], r["kode_program"], r["angkatan"]) for r in rows}) == len(rows)
    named = {(r["kode_program"], r["angkatan"]) for r in rows if r["kode_program"][:4] == "4012"}
    assert named
    assert named <= own


def test_sizes_are_heavy_tailed_and_sum_up() -> None:
    spec = SimulationSpec(period=PERIOD)
    agencies = choose_agencies(spec)
    sizes = agency_sizes(spec, agencies)
    assert sizes.sum() == 42_000
    assert sizes.max() > 3 * np.median(sizes) > 9 * sizes.min() / 2
    assert agencies[0].name == "Pemerintah Kota Kendari"
    assert len({agency.code for agency in agencies}) == 24
    kinds = Counter(agency.kind for agency in agencies)
    assert kinds.keys() >= {"KEMENTERIAN", "LPNK", "PROVINSI", "KABUPATEN", "KOTA"}


def test_a_nation_of_agencies_has_unique_codes_and_names() -> None:
    agencies = choose_agencies(SimulationSpec(period=PERIOD, agencies=640, people=5_600_000))
    assert len({agency.code for agency in agencies}) == 640
    assert len({agency.name for agency in agencies}) == 640


def test_ranks_count_inside_each_group() -> None:
    assert rank_in_group(np.array([5, 3, 5, 5, 3])).tolist() == [0, 0, 1, 2, 1]
    assert rank_in_group(np.array([], dtype=np.int64)).tolist() == []


def test_shares_keep_the_floor_and_the_total() -> None:
    counts = share_out(1_000, np.array([1.0, 1.0, 500.0]), 60)
    assert counts.sum() == 1_000
    assert counts.min() >= 60


def test_too_few_people_for_the_agencies_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 60"):
        SimulationSpec(period=PERIOD, agencies=24, people=500)


def test_every_contract_is_simulated(tmp_path: Path) -> None:
    assert set(datasets(get_settings(tmp_path))) == set(DATASETS)
