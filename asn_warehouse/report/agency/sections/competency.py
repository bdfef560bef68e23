"""Gaps by family, field of work and competency; who is validly assessed."""

from asn_warehouse.report import marts
from asn_warehouse.report.agency import figures, needs
from asn_warehouse.report.agency.figures import Figure, of
from asn_warehouse.report.agency.parts import Block, Comparison, Measure, Topic
from asn_warehouse.report.agency.view import View, charted, has_any
from asn_warehouse.report.context import FAMILIES, column, drawn, joined, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.model import Cell, Column, Paragraph, Table, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import cell

_MEASURES = (
    ("people", "integer"),
    ("coverage", "share"),
    ("required_mean", "decimal2"),
    ("achieved_mean", "decimal2"),
    ("gap_mean", "decimal2"),
    ("met_share", "share"),
)
_STATES = (
    ("coverage", "share"),
    ("full_coverage", "share"),
    ("expiring_3_months", "integer"),
    ("expiring_6_months", "integer"),
    ("expiring_12_months", "integer"),
    ("expired", "integer"),
    ("never_assessed", "integer"),
)
_ASSESSMENT = {"position_level": None, "method": None}
_LISTED = 10


def topic(view: View) -> Topic:
    """Return the part on competency gaps and assessments."""
    met = _by_family(view, "met_share", "share")
    blocks: list[Block] = [
        Paragraph(_words(view)),
        Comparison(
            "kompetensi-ringkas",
            label("agency_report", "compared"),
            view.measures(
                (
                    figures.COVERAGE,
                    figures.GAP_MEAN,
                    figures.MET_SHARE,
                    of(marts.POSITION_FIT, "jpm_mean_mapping", "decimal1", position_level=None),
                )
            ),
        ),
        *charted(
            "rumpun-grafik", "Bagian tuntutan yang dipenuhi menurut rumpun kompetensi", met, high=1
        ),
        *_families(view),
        *_fields(view),
        *_competencies(view),
        _assessments(view),
    ]
    return Topic("kompetensi", "Kesenjangan kompetensi", tuple(blocks), (_all(view),))


def _words(view: View) -> str:
    if drawn(view.own(figures.PEOPLE)) is None:
        return (
            "Belum ada data pegawai dan penilaian kompetensi instansi ini yang dapat dihitung atau "
            "ditampilkan. Kesenjangan adalah tingkat capaian dikurangi tingkat standar jabatan: di "
            "bawah nol berarti kurang."
        )
    return (
        "Kesenjangan adalah tingkat capaian dikurangi tingkat standar jabatan (ideal): di bawah "
        "nol berarti kurang. Rata-rata dihitung atas tuntutan yang dinilai dengan hasil yang masih "
        "berlaku; rumpun digital di luar sembilan kompetensi yang diwajibkan."
    )


def _by_family(view: View, name: str, kind: str) -> tuple[Measure, ...]:
    keys = {"competency_code": None, "position_level": None}
    return view.measures(
        of(marts.COMPETENCY_GAP_AGENCY, name, kind, words=label("family", f), family=f, **keys)
        for f in FAMILIES
    )


def _columns(first: Column) -> list[Column]:
    named = [column(n, k, of=marts.COMPETENCY_GAP_AGENCY) for n, k in _MEASURES]
    return [first, *named]


def _cells(row: ProtectedRow | None) -> list[Cell]:
    return [cell(row, name) for name, _ in _MEASURES]


def _families(view: View) -> list[Block]:
    rows = view.rows(marts.COMPETENCY_GAP_AGENCY).where(competency_code=None, position_level=None)
    places = [(label("family", f), rows.where(family=f).first()) for f in FAMILIES]
    places.append((label("report", "all"), rows.where(family=None).first()))
    if not any(row for _, row in places):
        return []
    first = column("family", weight=1.8, of=marts.COMPETENCY_GAP_AGENCY)
    return [
        table(
            "rumpun",
            "Tingkat ideal dan nyata menurut rumpun kompetensi",
            _columns(first),
            [[text(name), *_cells(row)] for name, row in places],
            totals=[len(places) - 1],
        )
    ]


def _fields(view: View) -> list[Block]:
    """Return the gaps by field of work; fields of which nothing may be shown are named."""
    rows = view.rows(marts.COMPETENCY_GAP_FIELD).where(family=None)
    order = view.context.codes.order("job_family")
    names = {f: view.context.codes.of("job_family", f) for f in order}
    places = [(f, rows.where(job_family=f).first()) for f in order]
    there = [(f, row) for f, row in places if row is not None]
    shown = [(f, row) for f, row in there if has_any([cell(row, "gap_mean")])]
    if not there:
        return [Paragraph("Kesenjangan menurut bidang belum dapat dihitung: belum ada data.")]
    blocks: list[Block] = []
    if shown:
        measures = view.measures(_field_figure(f, names[f]) for f, _ in shown)
        blocks += charted("bidang-grafik", "Rata-rata kesenjangan menurut bidang", measures)
        first = column("job_family", weight=2.2, of=marts.COMPETENCY_GAP_FIELD)
        blocks.append(
            table(
                "bidang",
                "Kesenjangan menurut bidang (rumpun jabatan)",
                _columns(first),
                [[text(names[f]), *_cells(row)] for f, row in shown],
            )
        )
    hidden = [names[f] for f, row in there if (f, row) not in shown]
    if hidden:
        blocks.append(
            Paragraph(
                f"Tidak dimuat karena menyangkut terlalu sedikit orang, atau belum ada yang "
                f"dinilai: {joined(hidden)}.",
                is_note=True,
            )
        )
    return blocks


def _field_figure(field: str, name: str) -> Figure:
    of_field = {"job_family": field, "family": None}
    return of(marts.COMPETENCY_GAP_FIELD, "gap_mean", "decimal2", words=name, **of_field)


def _competencies(view: View) -> list[Block]:
    found = [need for need in needs.gaps(view) if drawn(cell(need, "gap_mean")) is not None]
    lacking = [row for row in found if float(row.values["gap_mean"]) < 0][:_LISTED]
    if view.is_left_out(marts.COMPETENCY_GAP_AGENCY, "agency_code", "family", "competency_code"):
        return [Paragraph(label("agency_report", "competencies_left_out"))]
    if not lacking:
        return [Paragraph("Tidak ada kompetensi di bawah standar yang dapat dimuat.")]
    return [
        table(
            "kompetensi",
            "Kompetensi dengan kesenjangan terbesar",
            _columns(column("competency", weight=2.8)),
            [[text(_name(row)), *_cells(row)] for row in lacking],
        )
    ]


def _name(row: ProtectedRow) -> str:
    return f"{row.values['competency_code']} {row.values.get('competency_name') or ''}".strip()


def _all(view: View) -> Table:
    """Return every competency, for the workbook."""
    return table(
        "kompetensi-semua",
        "Semua kompetensi, semua jenjang",
        _columns(column("competency", weight=2.8)),
        [[text(_name(row)), *_cells(row)] for row in needs.gaps(view)],
    )


def _assessments(view: View) -> Comparison:
    found = (of(marts.ASSESSMENT_COVERAGE, n, k, **_ASSESSMENT) for n, k in _STATES)
    return Comparison("penilaian", "Penilaian kompetensi dan masa berlakunya", view.measures(found))
