"""Which needs for training come first, and how many of them the plans cover."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, integer, joined, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import TRAINING_NEED
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_LISTED = 15
_MEASURES = (
    ("people_with_gap", "integer"),
    ("severe_share", "share"),
    ("planned_participants", "integer"),
    ("planned_hours", "integer"),
    ("unmet_people", "integer"),
)


def section(context: Context) -> Section:
    """Return the section on training needs and plans."""
    title = "Kebutuhan dan rencana pelatihan"
    missing = absent(context, TRAINING_NEED, "competency_code")
    if missing is not None:
        return Section("kebutuhan", title, (missing,))
    needs = context.published.mart(TRAINING_NEED)
    nation = needs.where(agency_code=None, position_level=None)
    blocks: list[Block] = [
        Paragraph(_words(nation)),
        *_competencies(context, nation),
        _agencies(context, needs),
    ]
    return Section("kebutuhan", title, tuple(blocks))


def _words(nation: Rows) -> str:
    shown = [r for r in _ordered(nation) if cell(r, "people_with_gap").value]
    first = [
        f"{r.values['competency_name']} ({cell(r, 'people_with_gap').text('integer')} orang)"
        for r in shown[:3]
    ]
    return (
        "Kebutuhan adalah pegawai yang hasil penilaiannya berlaku dan berada di bawah standar "
        f"jabatan. Kebutuhan terbanyak: {joined(first) or 'tidak dapat ditampilkan'}. Yang belum "
        "terencana adalah pegawai dengan kesenjangan di luar peserta pada rencana pengembangan "
        "tahun berjalan, dijumlahkan atas instansi yang mengirim rencana."
    )


def _ordered(nation: Rows) -> list[ProtectedRow]:
    """Return the needs of the nation by competency, the greatest first; hidden ones last."""
    rows = nation.where(competency_code=...).rows
    return sorted(
        rows,
        key=lambda r: (
            -(cell(r, "people_with_gap").value or 0),
            str(r.values["competency_code"]),
        ),
    )


def _competencies(context: Context, nation: Rows) -> list[Block]:
    rows = [r for r in _ordered(nation) if r.values.get("people_with_gap") != 0]
    points, cells = [], []
    for row in rows[:_LISTED]:
        people, unmet = cell(row, "people_with_gap"), cell(row, "unmet_people")
        name = str(row.values.get("competency_name") or row.values["competency_code"])
        words = f"{people.text('integer')} (belum terencana {unmet.text('integer')})"
        points.append(charts.Point(name, drawn(people), words))
        cells.append([text(name), *(cell(row, m) for m, _ in _MEASURES), _form(context, row)])
    return charted(
        "grafik-kebutuhan",
        "Kebutuhan terbesar menurut kompetensi, nasional",
        "Batang mendatar: pegawai dengan kesenjangan menurut kompetensi; dalam kurung yang belum "
        "masuk rencana.",
        points,
        partial(charts.bars, axis="Pegawai dengan kesenjangan", room=0.55),
        table(
            "kebutuhan-kompetensi",
            f"{integer(len(cells))} dari {integer(len(rows))} kebutuhan terbesar, nasional; "
            "selengkapnya pada buku kerja",
            [
                column("competency_name", weight=2.2, of=TRAINING_NEED),
                *(column(m, k, of=TRAINING_NEED) for m, k in _MEASURES),
                column("recommended_form", weight=1.8, of=TRAINING_NEED),
            ],
            cells,
        ),
    )


def _form(context: Context, row: ProtectedRow) -> Cell:
    """Return the form of learning that is advised, with the strength of what speaks for it."""
    found = cell(row, "recommended_form")
    if found.value is None:
        return found
    form = context.codes.of("learning_form", found.value)
    return Cell(f"{form} (bukti: {label('evidence', row.values.get('evidence')).lower()})")


def _agencies(context: Context, needs: Rows) -> Block:
    """Return the needs of agencies of which most people are in no plan."""
    missing = absent(context, TRAINING_NEED, "agency_code", "competency_code")
    if missing is not None:
        return missing
    rows = needs.where(agency_code=..., position_level=None).rows
    known = [r for r in rows if drawn(cell(r, "unmet_people"))]
    known.sort(
        key=lambda r: (
            -r.values["unmet_people"],
            str(r.values["agency_code"]),
            str(r.values["competency_code"]),
        )
    )
    measures = (_MEASURES[0], *_MEASURES[2:])
    return table(
        "kebutuhan-instansi",
        "Kebutuhan instansi yang paling banyak belum terencana",
        [
            column("agency_name", weight=2.4, of=TRAINING_NEED),
            column("competency_name", weight=2.2, of=TRAINING_NEED),
            *(column(m, k, of=TRAINING_NEED) for m, k in measures),
        ],
        [
            [
                text(r.values["agency_name"]),
                text(r.values.get("competency_name") or r.values["competency_code"]),
                *(cell(r, m) for m, _ in measures),
            ]
            for r in known[:_LISTED]
        ],
    )
