"""Ideal against actual, by family, level, field of work and competency."""

from collections.abc import Mapping
from functools import partial

from asn_warehouse.disclosure import Status
from asn_warehouse.report import charts
from asn_warehouse.report.blocks import absent, charted
from asn_warehouse.report.context import FAMILIES, Context, column, drawn, text
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.marts import (
    COMPETENCY_GAP_FIELD,
    COMPETENCY_GAP_NATIONAL,
    SEVERITIES,
)
from asn_warehouse.report.model import Block, Cell, Column, Paragraph, Section, table
from asn_warehouse.report.protection import ProtectedRow
from asn_warehouse.report.sections import region
from asn_warehouse.report.source import Rows, cell

_MEASURES = (
    ("assessed", "integer"),
    ("coverage", "share"),
    ("required_mean", "decimal2"),
    ("achieved_mean", "decimal2"),
    ("gap_mean", "decimal2"),
    ("met_share", "share"),
)
_LARGEST = 10


def section(context: Context) -> Section:
    """Return the section on competency gaps."""
    rows = context.gap_national
    blocks: list[Block] = [
        Paragraph(
            "Kesenjangan adalah tingkat kompetensi nyata dikurangi tingkat ideal menurut standar "
            "jabatan; angka negatif berarti di bawah standar. Yang dihitung hanya hasil penilaian "
            "yang masih berlaku. Tingkat ideal dirata-ratakan atas semua tuntutan jabatan, tingkat "
            "nyata dan kesenjangan atas yang dinilai; karena itu selisih dua tingkat dapat berbeda "
            "dari kesenjangan."
        )
    ]
    families = [f for f in FAMILIES if _family(rows, f) is not None]
    blocks += [Paragraph(_words(f, _family(rows, f))) for f in families]
    blocks += [
        *_families(rows, families),
        *_severities(rows, families),
        *_levels(context),
        *_fields(context),
        *region.blocks(context),
        *_competencies(context),
    ]
    return Section("kesenjangan", "Kesenjangan kompetensi", tuple(blocks))


def measures(row: ProtectedRow | None) -> list[Cell]:
    """Return the cells of the usual measures of a gap row."""
    return [cell(row, name) for name, _ in _MEASURES]


def measure_columns() -> list[Column]:
    """Return the columns that ``measures`` fills."""
    return [column(name, kind, of=COMPETENCY_GAP_NATIONAL) for name, kind in _MEASURES]


def _family(rows: Rows, family: str | None) -> ProtectedRow | None:
    return rows.where(family=family, competency_code=None, position_level=None).first()


def _words(family: str, row: ProtectedRow | None) -> str:
    name = label("family", family)
    gap = cell(row, "gap_mean")
    if gap.status is not Status.SHOWN or gap.value is None:
        return f"{name}: tidak ada hasil penilaian yang dapat ditampilkan."
    ideal, actual = cell(row, "required_mean"), cell(row, "achieved_mean")
    below = number(abs(gap.value), "decimal2")
    side = "di bawah" if gap.value < 0 else "di atas"
    standing = f"rata-rata {below} tingkat {side} standar" if gap.value else "tepat pada standar"
    return (
        f"{name}: tingkat ideal {ideal.text('decimal2')}, tingkat nyata "
        f"{actual.text('decimal2')}; {standing}. "
        f"{cell(row, 'met_share').text('share')} hasil penilaian memenuhi standar."
    )


def _families(rows: Rows, families: list[str]) -> list[Block]:
    ideal, actual = heading("ideal"), heading("actual")
    points = []
    for family in families:
        row = _family(rows, family)
        for name, column_name in ((ideal, "required_mean"), (actual, "achieved_mean")):
            found = cell(row, column_name)
            points.append(
                charts.Point(label("family", family), drawn(found), found.text("decimal2"), name)
            )
    found_rows = [[text(label("family", f)), *measures(_family(rows, f))] for f in families]
    found_rows.append([text("Semua rumpun"), *measures(_family(rows, None))])
    return charted(
        "grafik-rumpun",
        "Tingkat ideal dan nyata menurut rumpun kompetensi",
        "Untuk setiap rumpun kompetensi dua titik pada skala 1 sampai 5: tingkat ideal dan "
        "tingkat nyata.",
        points,
        partial(charts.dumbbells, axis="Tingkat kompetensi (1–5)", ideal=ideal, actual=actual),
        table(
            "rumpun",
            "Kesenjangan menurut rumpun kompetensi, nasional",
            [column("family", weight=1.6, of=COMPETENCY_GAP_NATIONAL), *measure_columns()],
            found_rows,
            totals=[len(found_rows) - 1],
        ),
    )


def _severities(rows: Rows, families: list[str]) -> list[Block]:
    names = {s: label("severity", s) for s in SEVERITIES}
    places = [(label("family", f), _family(rows, f)) for f in families]
    places.append(("Semua rumpun", _family(rows, None)))
    points, cells, wholes = [], [], {}
    for name, row in places:
        found = [cell(row, s) for s in SEVERITIES]
        wholes[name] = drawn(cell(row, "assessed"))
        points += [
            charts.Point(name, drawn(c), c.text("integer"), names[s])
            for s, c in zip(SEVERITIES, found, strict=True)
        ]
        cells.append([text(name), cell(row, "assessed"), *found])
    draw = partial(
        charts.stacked,
        axis="Bagian hasil penilaian",
        series=list(names.values()),
        wholes=wholes,
        rest=label("report", "hidden"),
    )
    return charted(
        "grafik-keparahan",
        "Seberapa jauh dari standar",
        "Batang bertumpuk: bagian hasil penilaian yang memenuhi standar dan yang kurang satu, dua, "
        "atau tiga tingkat, menurut rumpun; bagian putih dirahasiakan.",
        points,
        draw,
        table(
            "keparahan",
            "Hasil penilaian menurut jarak dari standar, nasional (orang × kompetensi)",
            [
                column("family", weight=1.6, of=COMPETENCY_GAP_NATIONAL),
                column("assessed", "integer", of=COMPETENCY_GAP_NATIONAL),
                *(column(s, "integer", of=COMPETENCY_GAP_NATIONAL) for s in SEVERITIES),
            ],
            cells,
            totals=[len(cells) - 1],
        ),
    )


def _levels(context: Context) -> list[Block]:
    rows = context.gap_national.where(family=None, competency_code=None)
    found = {
        context.level(level): rows.where(position_level=level).first()
        for level in context.levels(rows)
    }
    return charted(
        "grafik-jenjang",
        "Rata-rata kesenjangan menurut jenjang jabatan",
        "Batang mendatar: rata-rata kesenjangan dalam tingkat untuk setiap jenjang jabatan.",
        _gaps(found),
        partial(charts.bars, axis="Rata-rata kesenjangan (tingkat)"),
        table(
            "jenjang",
            "Kesenjangan menurut jenjang jabatan, semua rumpun, nasional",
            [column("position_level", weight=2, of=COMPETENCY_GAP_NATIONAL), *measure_columns()],
            [[text(name), *measures(row)] for name, row in found.items()],
        ),
    )


def _gaps(found: Mapping[str, ProtectedRow | None]) -> list[charts.Point]:
    gaps = {name: cell(row, "gap_mean") for name, row in found.items()}
    return [charts.Point(name, drawn(gap), gap.text("decimal2")) for name, gap in gaps.items()]


def _fields(context: Context) -> list[Block]:
    """Return the gaps of the nation by field of work, and there by family."""
    missing = absent(context, COMPETENCY_GAP_FIELD, "job_family")
    if missing is not None:
        return [missing]
    rows = context.published.mart(COMPETENCY_GAP_FIELD).where(agency_code=None)
    fields = context.fields(rows)
    whole = rows.where(family=None)
    found = {context.field(f): whole.where(job_family=f).first() for f in fields}
    by_family = [
        [text(context.field(f)), *(rows.cell("gap_mean", job_family=f, family=x) for x in FAMILIES)]
        for f in fields
    ]
    return [
        *charted(
            "grafik-bidang",
            "Rata-rata kesenjangan menurut rumpun jabatan",
            "Batang mendatar: rata-rata kesenjangan dalam tingkat untuk setiap rumpun jabatan.",
            _gaps(found),
            partial(charts.bars, axis="Rata-rata kesenjangan (tingkat)"),
            table(
                "bidang",
                "Kesenjangan menurut rumpun jabatan (bidang kerja), semua kompetensi, nasional",
                [column("job_family", weight=2, of=COMPETENCY_GAP_FIELD), *measure_columns()],
                [[text(name), *measures(row)] for name, row in found.items()],
            ),
        ),
        table(
            "bidang-rumpun",
            "Rata-rata kesenjangan menurut rumpun jabatan dan rumpun kompetensi, nasional",
            [
                column("job_family", weight=2, of=COMPETENCY_GAP_FIELD),
                *(column(f, "decimal2", title=label("family", f)) for f in FAMILIES),
            ],
            by_family,
        ),
    ]


def _competencies(context: Context) -> list[Block]:
    """Return the tables of the statutory competencies and of the others with the widest gaps."""
    rows = context.gap_national.where(competency_code=..., position_level=None).rows
    known = set(context.codes.order("competency"))
    statutory = [r for r in rows if r.values["competency_code"] in known]
    statutory.sort(key=lambda r: str(r.values["competency_code"]))
    others = [r for r in rows if r.values["competency_code"] not in known]
    others = [r for r in others if drawn(cell(r, "gap_mean")) is not None]
    others.sort(key=lambda r: (r.values["gap_mean"], str(r.values["competency_code"])))
    tables = (
        ("kompetensi-wajib", "Kompetensi yang wajib dinilai, nasional", statutory),
        (
            "kompetensi-lain",
            "Kompetensi teknis dan digital dengan kesenjangan terbesar, nasional",
            others[:_LARGEST],
        ),
    )
    return [
        table(
            id_,
            caption,
            [column("competency", weight=2.6), *measure_columns()],
            [[text(_name(context, row)), *measures(row)] for row in chosen],
        )
        for id_, caption, chosen in tables
        if chosen
    ]


def _name(context: Context, row: ProtectedRow) -> str:
    code = str(row.values["competency_code"])
    name = row.values.get("competency_name")
    return f"{code} {name}" if name and name != code else context.competency(code)
