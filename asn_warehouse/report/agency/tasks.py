"""The to-do list of an agency, from its own figures."""

from asn_warehouse.admission.messages import catalogue as refusals
from asn_warehouse.admission.messages import message
from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats, marts, rules
from asn_warehouse.report.agency import figures, needs
from asn_warehouse.report.agency.parts import Block, Task, Tasks, Topic
from asn_warehouse.report.agency.sections import service, submission, talent
from asn_warehouse.report.agency.view import View, value
from asn_warehouse.report.agency.wording import inside
from asn_warehouse.report.context import drawn, integer, joined
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Paragraph
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

NOW, MONTH, QUARTER, YEAR = 1, 2, 3, 4
_DATASETS, _PROGRAMS, _NEEDS, _POSITIONS = 5, 3, 3, 5
_ROSTERS = ("pegawai", "jabatan")
"""Datasets on which every other rests."""
_AT_ONCE = "sekarang; ikut dihitung pada terbitan berikut"


def topic(found: tuple[Task, ...]) -> Topic:
    """Return the part with the to-do list."""
    blocks: list[Block] = [Tasks("tugas", label("agency_report", "todo_caption"), found)]
    if not found:
        blocks = [Paragraph(label("agency_report", "nothing_to_do"))]
    return Topic("tugas", label("agency_report", "todo"), tuple(blocks))


def tasks(view: View) -> tuple[Task, ...]:
    """Return what the agency has to do, the most urgent first."""
    found = [
        *_sending(view),
        *_mending(view),
        *_assessing(view),
        *_learning(view),
        *_needed(view),
        *_taking_over(view),
        *_succeeding(view),
        *_staffing(view),
        *_targets(view),
    ]
    return tuple(sorted(found, key=lambda task: task.urgency))


def _sending(view: View) -> list[Task]:
    found = []
    missing = submission.with_status(view, "missing")
    rosters = [r for r in missing if r.values["dataset"] in _ROSTERS]
    if rosters:
        found.append(
            Task(
                NOW,
                "Kiriman",
                f"Dahulukan data {submission.listed(rosters)}; isi templatnya dan periksa berkas "
                "sebelum dikirim.",
                "Tanpa daftar pegawai dan jabatan tidak ada angka instansi yang dapat dihitung.",
                _AT_ONCE,
            )
        )
    for due in sorted({submission.due(r) for r in missing}):
        rows = [r for r in missing if submission.due(r) == due]
        found.append(
            Task(
                NOW,
                "Kiriman",
                f"Kirim data {submission.listed(rows)}.",
                f"{integer(len(rows))} data wajib belum diterima; batas waktunya {due}.",
                _AT_ONCE,
            )
        )
    refused: dict[str, list[ProtectedRow]] = {}
    for row in submission.with_status(view, "refused"):
        refused.setdefault(str(row.values.get("refusal_rule") or ""), []).append(row)
    found += [_refused(rule, rows) for rule, rows in sorted(refused.items())]
    late = submission.with_status(view, "late")
    if late:
        found.append(
            Task(
                MONTH,
                "Kiriman",
                "Kirim data bulan berikut sebelum batas waktu.",
                f"{integer(len(late))} data terlambat: {submission.listed(late)}.",
                "batas waktu bulan depan",
            )
        )
    return found


def _refused(rule: str, rows: list[ProtectedRow]) -> Task:
    action = f"Perbaiki dan kirim ulang berkas {submission.listed(rows)}."
    reason = "Berkas terakhir ditolak seluruhnya."
    if rule in refusals():
        said = message(rule)
        action, reason = f"{action} {said.mend}", f"{reason} {said.text}"
    return Task(NOW, "Kiriman", action, reason, _AT_ONCE)


def _mending(view: View) -> list[Task]:
    rejected = [r for r in submission.scorecard(view) if drawn(cell(r, "rejected"))]
    rejected.sort(key=lambda r: -int(r.values["rejected"]))
    found = [_mend([row]) for row in rejected[:_DATASETS]]
    if rejected[_DATASETS:]:
        found.append(_mend(rejected[_DATASETS:]))
    unknown = view.rows(marts.SUBMISSION_ORPHAN).rows
    if unknown:
        rows = sum(int(r.values.get("rows") or 0) for r in unknown)
        names = list(dict.fromkeys(inside(str(r.values["reason_name_id"])) for r in unknown))
        found.append(
            Task(
                MONTH,
                "Mutu data",
                "Lengkapi daftar pegawai, jabatan, atau program yang ditunjuk data lain.",
                f"{integer(rows)} baris menunjuk yang tidak dikenal: {joined(names)}.",
                "kiriman bulan depan",
            )
        )
    return found


def _mend(rows: list[ProtectedRow]) -> Task:
    total = sum(int(r.values["rejected"]) for r in rows)
    share = f" ({cell(rows[0], 'reject_rate').text('share')} dari yang dibaca)"
    return Task(
        NOW,
        "Mutu data",
        f"Perbaiki baris yang ditolak pada data {submission.listed(rows)} dan kirim ulang.",
        f"{integer(total)} baris ditolak{share if len(rows) == 1 else ''}.",
        _AT_ONCE,
    )


def _months_later(view: View, months: int) -> str:
    return formats.day(view.period.next(months).last_day)


def _assessing(view: View) -> list[Task]:
    rows = view.rows(marts.ASSESSMENT_COVERAGE).where(position_level=None, method=None)
    found = []
    soon = [
        (months, int(people))
        for months, name in ((3, "expiring_3_months"), (6, "expiring_6_months"))
        if (people := drawn(rows.cell(name)))
    ]
    if soon:
        parts = [f"{integer(people)} dalam {months} bulan" for months, people in soon]
        found.append(
            Task(
                MONTH,
                "Penilaian",
                "Jadwalkan penilaian ulang kompetensi.",
                f"Pegawai yang hasil penilaiannya berakhir: {joined(parts)}.",
                _months_later(view, soon[0][0]),
            )
        )
    never, expired = rows.cell("never_assessed"), rows.cell("expired")
    parts = [
        f"{integer(int(amount))} pegawai {words}"
        for amount, words in (
            (drawn(never), "belum pernah dinilai"),
            (drawn(expired), "hasilnya sudah habis masa berlaku"),
        )
        if amount
    ]
    if parts:
        coverage = rows.cell("coverage").text("share")
        found.append(
            Task(
                YEAR,
                "Penilaian",
                "Susun rencana penilaian kompetensi untuk yang belum memiliki hasil yang berlaku.",
                f"{joined(parts).capitalize()}; cakupan penilaian {coverage}.",
                _year_end(view),
            )
        )
    return found


def _year_end(view: View) -> str:
    """Return the end of the year of the report, or of the next where little of it is left."""
    year = view.period.year + (view.period.month > 9)
    return f"31 Desember {year}"


def _learning(view: View) -> list[Task]:
    rows = view.rows(marts.LEARNING_HOURS).where(**figures.ALL_STATUSES)
    share, none = drawn(rows.cell("reached_20_share")), drawn(rows.cell("no_learning"))
    if share is None or share >= 1:
        return []
    floor = rules.parameter(view.context.rules, "learning", "pns_hours_floor")
    hours = "" if floor is None else f" {number(floor, 'integer')}"
    more = "" if not none else f"; {integer(int(none))} pegawai belum tercatat belajar tahun ini"
    return [
        Task(
            QUARTER,
            "Pembelajaran",
            f"Penuhi{hours} JP bagi semua PNS, dahulukan yang belum belajar sama sekali.",
            f"Baru {number(share, 'share')} PNS mencapai{hours} JP{more}.",
            f"31 Desember {view.period.year}",
        )
    ]


def _needed(view: View) -> list[Task]:
    found = []
    for need in needs.needs(view)[:_NEEDS]:
        people, gap = drawn(need.people), drawn(need.gap)
        parts = [] if not people else [f"{integer(int(people))} pegawai di bawah standar"]
        if gap is not None:
            parts.append(f"rata-rata kesenjangan {number(gap, 'decimal2')} tingkat")
        if need.rank is not None:
            parts.append(f"kebutuhan ke-{need.rank} instansi ini")
        form = f" melalui {inside(need.form)}" if need.form else ""
        found.append(
            Task(
                YEAR,
                "Pelatihan",
                f"Rencanakan pengembangan {need.code} {need.name}{form}.",
                f"{', '.join(parts).capitalize()}." if parts else "Jumlahnya dirahasiakan.",
                f"rencana pengembangan {view.period.year + 1}",
            )
        )
    return found


def _taking_over(view: View) -> list[Task]:
    programs: dict[tuple[str, str], list[ProtectedRow]] = {}
    for row in needs.offers(view):
        key = (str(row.values["program_agency_code"]), str(row.values["program_code"]))
        programs.setdefault(key, []).append(row)
    return [_take_over(view, rows) for rows in list(programs.values())[:_PROGRAMS]]


def _take_over(view: View, rows: list[ProtectedRow]) -> Task:
    """Return the task to take over one programme, which may serve several needs."""
    row, values = rows[0], rows[0].values
    gain, served = cell(row, "gain_mean"), drawn(cell(row, "people_it_would_serve"))
    parts = [f"bukti {label('evidence', values.get('evidence')).lower()}"]
    if drawn(gain) is not None:
        parts.append(f"kenaikan nilai {gain.text('decimal1')} poin")
    if served:
        parts.append(f"dapat melayani {integer(int(served))} pegawai")
    wanted = [f"{r.values['competency_code']} {r.values['competency_name']}" for r in rows]
    listed = joined(wanted[:_NEEDS]) if len(wanted) <= _NEEDS else ", ".join(wanted[:_NEEDS])
    others = f" dan {integer(len(wanted) - _NEEDS)} lainnya" if len(wanted) > _NEEDS else ""
    owner = values.get("program_agency_name") or values["program_agency_code"]
    return Task(
        YEAR,
        "Pertukaran",
        f"Ambil alih atau ikuti {values.get('program_name') or values['program_code']} "
        f"dari {owner}.",
        f"Untuk {listed}{others}: {joined(parts)}.",
        f"rencana pengembangan {view.period.year + 1}",
    )


def _succeeding(view: View) -> list[Task]:
    risky = [r for r in talent.at_risk(view) if r.values.get("risk") in ("vacant", "no_successor")]
    found = []
    for row in risky[:_POSITIONS]:
        months = drawn(cell(row, "incumbent_retires_within_months"))
        retires = (
            "" if months is None else f"; pejabatnya pensiun dalam {integer(int(months))} bulan"
        )
        name = row.values.get("position_name") or row.values["position_code"]
        risk = label("succession_risk", row.values["risk"]).lower()
        found.append(
            Task(
                QUARTER,
                "Suksesi",
                f"Siapkan pengganti jabatan {name}.",
                f"Jabatan strategis ini {risk}{retires}.",
                _months_later(view, 3),
            )
        )
    if len(risky) > _POSITIONS:
        found.append(
            Task(
                QUARTER,
                "Suksesi",
                "Siapkan pengganti jabatan strategis lainnya; daftarnya ada pada buku kerja.",
                f"{integer(len(risky) - _POSITIONS)} jabatan lain lowong atau tanpa pengganti.",
                _months_later(view, 3),
            )
        )
    return found


def _staffing(view: View) -> list[Task]:
    rows = view.rows(marts.WORKFORCE_PLAN).where(position_level=None, job_family=None)
    retiring, net = drawn(rows.cell("retiring_12_months")), drawn(rows.cell("net_need_12_months"))
    found = []
    if retiring:
        more = "" if not net or net < 0 else f"; kebutuhan bersih {integer(int(net))} pegawai"
        found.append(
            Task(
                YEAR,
                "Kebutuhan pegawai",
                "Usulkan pengisian jabatan yang ditinggalkan karena pensiun.",
                f"{integer(int(retiring))} pegawai pensiun dalam 12 bulan{more}.",
                _months_later(view, 12),
            )
        )
    return found


def _targets(view: View) -> list[Task]:
    found = []
    for row in service.targets(view):
        met = cell(row, "met")
        if met.status is not Status.SHOWN or met.value is not False:
            continue
        change, target = (service.amount(row, n).text("text") for n in ("change", "target"))
        name = label("indicator", row.values["indicator"])
        found.append(
            Task(
                YEAR,
                "Sasaran",
                _advice(view, str(row.values["indicator"])),
                f"{name}: {change}, sasaran {target}.",
                _year_end(view),
            )
        )
    return found


def _advice(view: View, indicator: str) -> str:
    """Return what to do about a target that is missed."""
    if indicator == "test_score":
        return _best_form(view)
    if indicator == "service_satisfaction":
        rows = view.rows(marts.SERVICE_SATISFACTION).where(service_code=None)
        lowest = service.element(view, rows.first())
        if lowest.value:
            return f"Perbaiki unsur layanan terendah: {inside(str(lowest.value))}."
    return label("agency_advice", indicator)


def _best_form(view: View) -> str:
    """Return the advice to learn in the form with the largest gain that is surely above others."""
    rows = view.rows(marts.PROGRAM_COMPARISON).where(form_group=...).rows
    known = [r for r in rows if drawn(cell(r, "gain_ci_low")) is not None]
    if not known:
        return label("agency_advice", "test_score")
    best = max(known, key=lambda r: (float(r.values["gain_ci_low"]), str(r.values["form_group"])))
    mean = float(value(_total(view), "gain_mean") or 0)
    if float(best.values["gain_ci_low"]) <= mean:
        return label("agency_advice", "test_score")
    form = inside(label("form_group", best.values["form_group"]))
    return f"{label('agency_advice', 'test_score')} Kenaikan terbesar ada pada bentuk {form}."


def _total(view: View) -> ProtectedRow | None:
    return view.rows(marts.PROGRAM_COMPARISON).where(form_group=None).first()
