"""Which needs for training come first, and how many of them the plans cover."""

from functools import partial

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import Context, column, drawn, integer, text
from asn_warehouse.report.labels import label
from asn_warehouse.report.marts import TRAINING_NEED
from asn_warehouse.report.model import Block, Cell, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.source import Rows, cell

_LISTED = 15
_MEASURES = (
    ("people_with_gap", "integer"),
    ("total_gap", "integer"),
    ("severe_share", "share"),
    ("strategic_share", "share"),
    ("planned_participants", "integer"),
    ("planned_hours", "integer"),
    ("unmet_people", "integer"),
)


def section(context: Context) -> Section:
    """Return the section on training needs and plans."""
    title = "Kebutuhan dan rencana pelatihan"
    missing = absent(context, TRAINING_NEED)
    if missing is not None:
        return Section("kebutuhan", title, (missing,))
    needs = context.published.mart(TRAINING_NEED)
    nation = needs.where(agency_code=None, position_level=None)
    blocks: list[Block] = [
        Paragraph(_words(needs, nation)),
        *_competencies(context, nation),
        *_agencies(context, needs),
    ]
    detail = absent(context, TRAINING_NEED, "agency_code", "competency_code")
    if detail is not None:
        blocks.append(detail)
    return Section("kebutuhan", title, tuple(blocks))


def _words(needs: Rows, nation: Rows) -> str:
    whole = nation.where(competency_code=None)
    lead = [r for r in _ordered(nation)[:3] if cell(r, "people_with_gap").value is not None]
    first = ", ".join(
        f"{r.values['competency_name']} ({cell(r, 'people_with_gap').text('integer')} orang)"
        for r in lead
    )
    total = (
        f"Secara nasional terdapat {whole.cell('people_with_gap').text('integer')} pegawai dengan "
        f"kesenjangan; {whole.cell('unmet_people').text('integer')} belum masuk rencana. "
        if whole.rows
        else ""
    )
    plans = [r for r in _of_agencies(needs) if r.values.get("planned_participants") is not None]
    return (
        "Kebutuhan adalah pegawai yang hasil penilaiannya berlaku dan berada di bawah standar "
        f"jabatan. {total}Kebutuhan terbanyak: {first or 'tidak dapat ditampilkan'}. Rencana "
        f"pengembangan tahun berjalan diketahui dari {integer(len(plans))} instansi; kebutuhan "
        "yang belum terencana hanya dihitung pada instansi yang mengirim rencana."
    )


def _of_agencies(needs: Rows) -> tuple[ProtectedRow, ...]:
    return needs.where(agency_code=..., competency_code=None, position_level=None).rows


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


def _agencies(context: Context, needs: Rows) -> list[Block]:
    rows = _of_agencies(needs)
    if not rows:
        return []
    known = [r for r in rows if drawn(cell(r, "unmet_people")) is not None]
    known.sort(key=lambda r: (-r.values["unmet_people"], str(r.values["agency_code"])))
    measures = (("people_with_gap", "integer"), *_MEASURES[4:])
    return (
        [
            table(
                "kebutuhan-instansi",
                f"Instansi dengan kebutuhan belum terencana terbanyak ({integer(len(known))} dari "
                f"{integer(len(rows))} instansi dapat dihitung)",
                [
                    column("agency_name", weight=2.6, of=TRAINING_NEED),
                    *(column(m, k, of=TRAINING_NEED) for m, k in measures),
                ],
                [
                    [text(r.values["agency_name"]), *(cell(r, m) for m, _ in measures)]
                    for r in known[:_LISTED]
                ],
            )
        ]
        if known
        else [
            Paragraph(
                "Kebutuhan menurut instansi tidak dapat diurutkan: angkanya dirahasiakan atau "
                f"rencana tidak dilaporkan ({integer(len(rows))} instansi)."
            )
        ]
    )
