"""The top of the report: facts, key figures and a few sentences."""

from asn_warehouse.report import formats
from asn_warehouse.report.agency import figures
from asn_warehouse.report.agency.parts import Task, Tile
from asn_warehouse.report.agency.sections import submission
from asn_warehouse.report.agency.view import View
from asn_warehouse.report.agency.wording import inside
from asn_warehouse.report.context import drawn, integer, joined
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import KeyFigure


def facts(view: View) -> tuple[tuple[str, str], ...]:
    """Return the facts on the report: label and value."""
    edition = view.context.published.edition
    kind = view.nation.grouping.kind_name(view.code)
    size = view.nation.grouping.size_name(view.code)
    words = f"{kind}, {size.lower()}" if kind and size else kind or size
    return (
        ("Bulan laporan", formats.month(view.period)),
        ("Kode instansi", view.code),
        *((("Jenis dan ukuran", words),) if words else ()),
        ("Instansi sebanding", view.peers.words),
        ("Data diterima sampai", formats.moment(edition.as_of)),
        ("Terbitan", f"ke-{edition.version}, {formats.day(edition.published_at)}"),
    )


def tiles(view: View) -> tuple[Tile, ...]:
    """Return the key figures, with what they were in the published month before."""
    found = []
    for figure in figures.KEY_FIGURES:
        measure, before = view.measure(figure), view.before(figure)
        changed = KeyFigure("", "", measure.label, measure.own, measure.kind, "", before).change
        found.append(Tile(measure, before, changed))
    return tuple(found)


def sentences(view: View, found: tuple[Task, ...]) -> tuple[str, ...]:
    """Return the summary in words."""
    people = view.own(figures.PEOPLE)
    month = formats.month(view.period)
    expected = submission.with_status(view, *submission.STATUSES)
    missing = submission.with_status(view, "missing")
    if expected and len(missing) == len(expected):
        first = (
            f"{view.name} belum mengirim satu pun dari {integer(len(expected))} data yang wajib "
            f"untuk {month}. Laporan ini menunjukkan apa yang perlu dikirim, dan keadaan instansi "
            "sebanding dan nasional sebagai patokan."
        )
    elif drawn(people) is None:
        first = (
            f"Pegawai {view.name} pada {month} belum dapat dihitung, atau jumlahnya dirahasiakan; "
            "bagian yang bergantung padanya kosong."
        )
    else:
        first = (
            f"Laporan ini menggambarkan {view.name} pada {month}: {people.text('integer')} pegawai "
            "dihitung."
        )
    return (first, *_compared(view), *_urgent(found))


def _compared(view: View) -> list[str]:
    """Return where the agency stands above and below its peers, in figures where more is better."""
    better: list[str] = []
    worse: list[str] = []
    for figure in (
        figures.COVERAGE,
        figures.MET_SHARE,
        figures.HOURS_MEAN,
        figures.REACHED_20,
        figures.IP_ASN,
        figures.IKM,
    ):
        measure = view.measure(figure)
        own, peers = drawn(measure.own), drawn(measure.peers)
        if own is None or peers is None:
            continue
        texts = (measure.own.text(figure.kind), measure.peers.text(figure.kind))
        if texts[0] != texts[1]:
            words = f"{inside(figure.label)} ({texts[0]}; sebanding {texts[1]})"
            (better if own > peers else worse).append(words)
    found = []
    if better:
        found.append(f"Di atas median instansi sebanding: {joined(better)}.")
    if worse:
        found.append(f"Di bawah median instansi sebanding: {joined(worse)}.")
    return found


def _urgent(found: tuple[Task, ...]) -> list[str]:
    if not found:
        return []
    now = sum(task.urgency == 1 for task in found)
    if not now:
        return [f"Ada {integer(len(found))} tugas, tidak satu pun mendesak."]
    return [
        f"Ada {integer(len(found))} tugas; {integer(now)} di antaranya perlu dikerjakan "
        f"{label('agency_urgency', 1).lower()}."
    ]
