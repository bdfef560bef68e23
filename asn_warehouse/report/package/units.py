"""In what a column is counted: *ukuran* and *satuan* of Satu Data Indonesia (Perpres 39/2019)."""

import re

from asn_warehouse.errors import ReportFailed
from asn_warehouse.safe_marts import Mart

PEOPLE = "orang"
_KINDS = {
    "boolean": ("ya/tidak", ""),
    "date": ("tanggal", ""),
    "datetime": ("waktu", "UTC"),
}
_PAIRS = "tuntutan kompetensi (orang × kompetensi)"
_OF_MART = {
    **{
        (f"competency_gap_{scope}", name): ("jumlah", _PAIRS)
        for scope in ("national", "agency", "field")
        for name in ("requirements", "assessed", "met", "mild", "moderate", "severe")
    },
    ("job_satisfaction", "change"): ("selisih", "poin"),
    ("kpi_scorecard", "change"): ("perubahan", "menurut kolom unit"),
}
_SCORE = "nilai 0–100"
_NAMED = (
    (r".*_per_1000", "angka", "per 1.000 pegawai"),
    (r".*_share|share|(full_)?coverage|(completion|response|reject)_rate", "bagian", "0–1"),
    (r"gain_pct|normalised_gain", "bagian", "1 = 100%"),
    (r"cost.*", "nilai uang", "rupiah"),
    (r"(planned_)?hours.*|classical|e_learning|on_the_job|mentoring_coaching", "jam", "JP"),
    (r"community|other_nonclassical|seminar", "jam", "JP"),
    (r"rows|rows_read|accepted|rejected|warned|replayed|orphans", "jumlah", "baris"),
    (r"revisions", "jumlah", "kiriman"),
    (r"runs|obstacle_runs", "jumlah", "angkatan"),
    (r"units_compared", "jumlah", "unit organisasi"),
    (r"elements_asked", "jumlah", "unsur"),
    (r"alpha_items", "jumlah", "butir"),
    (r"box", "kode", "kotak 1–9"),
    (r"(need|priority|program)_rank", "peringkat", "1 = teratas"),
    (r"(required|achieved)_mean", "rata-rata", "tingkat 1–5"),
    (r"gap_mean", "rata-rata", "tingkat"),
    (r"total_gap", "jumlah", "tingkat"),
    (r"incumbent_retires_within_months", "lama", "bulan"),
    (r"median_years_in_level", "median", "tahun"),
    (r"effect_size|max_standardised_difference", "besar efek", "simpangan baku"),
    (r"cronbach_alpha", "keandalan", "paling tinggi 1"),
    (r"(reaction|behaviour)_mean", "rata-rata", "skala 1–5"),
    (r"nrr_u[0-9]", "rata-rata", "skala 1–4"),
    (r"ikm|ikm_last_year", "indeks", "nilai 25–100"),
    (r"ip_asn|qualification|competency|performance|discipline", "indeks", "poin"),
    (r"gain_(mean|sd|ci_low|ci_high)|service_index_change", "selisih", "poin"),
    (r"performance_effect.*|competence_spread.*", "selisih", "poin"),
    (r"actual|baseline|target", "nilai", "menurut kolom indicator dan unit"),
    (r"jpm_.*|(pre|post)_mean|score.*|priority_score|.*_mean_(not_)?hired", "nilai", _SCORE),
    (r"completeness|validity|timeliness|consistency", "nilai", _SCORE),
    (r"bench_strength", "kekuatan", PEOPLE),
    (r"needed|surplus|vacant|net_need_12_months", "jumlah", PEOPLE),
    (r"people_it_would_serve|planned_participants|unmet_people", "jumlah", PEOPLE),
)


def of(mart: Mart, name: str, kind: str, *, coded: bool) -> tuple[str, str]:
    """Return what a column measures and its unit; texts have no unit.

    Raises:
        ReportFailed: when nobody has said in what a number is counted.
    """
    if name == "period":
        return "waktu", "bulan, sebagai tanggal pertamanya"
    if kind == "string":
        return ("kode" if coded or name.endswith(("_code", "_codes")) else "teks"), ""
    if kind in _KINDS:
        return _KINDS[kind]
    if (mart.name, name) in _OF_MART:
        return _OF_MART[mart.name, name]
    for pattern, measure, unit in _NAMED:
        if re.fullmatch(pattern, name):
            return measure, unit
    if name in mart.rule.counts:
        return "jumlah", PEOPLE
    raise ReportFailed(f"Nobody says in what {mart.name}.{name} is counted.")
