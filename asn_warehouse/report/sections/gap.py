"""Ideal against actual, by family, level and competency."""

from asn_warehouse.disclosure import Status
from asn_warehouse.report import charts
from asn_warehouse.report.context import FAMILIES, Context, column, drawn, text
from asn_warehouse.report.formats import number
from asn_warehouse.report.labels import heading, label
from asn_warehouse.report.marts import COMPETENCY_GAP_NATIONAL, SEVERITIES
from asn_warehouse.report.model import Block, Cell, Chart, Column, Paragraph, Section, Table, table
from asn_warehouse.report.protection import ProtectedRow
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
    blocks += [_families(rows, families), _severities(rows, families), _levels(context)]
    blocks.append(_competencies(context, statutory=True))
    others = _competencies(context, statutory=False)
    if others.rows:
        blocks.append(others)
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


def _families(rows: Rows, families: list[str]) -> Chart:
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
    return Chart(
        "grafik-rumpun",
        "Tingkat ideal dan nyata menurut rumpun kompetensi",
        "Untuk setiap rumpun kompetensi dua titik pada skala 1 sampai 5: tingkat ideal dan "
        "tingkat nyata. Semua angkanya ada pada tabel di bawah grafik.",
        charts.dumbbells(points, axis="Tingkat kompetensi (1–5)", ideal=ideal, actual=actual),
        table(
            "rumpun",
            "Kesenjangan menurut rumpun kompetensi, nasional",
            [column("family", weight=1.6, of=COMPETENCY_GAP_NATIONAL), *measure_columns()],
            found_rows,
            totals=[len(found_rows) - 1],
        ),
    )


def _severities(rows: Rows, families: list[str]) -> Chart:
    names = {s: label("severity", s) for s in SEVERITIES}
    points, cells = [], []
    for family in families:
        found = [cell(_family(rows, family), s) for s in SEVERITIES]
        points += [
            charts.Point(label("family", family), drawn(c), c.text("integer"), names[s])
            for s, c in zip(SEVERITIES, found, strict=True)
        ]
        cells.append([text(label("family", family)), *found])
    return Chart(
        "grafik-keparahan",
        "Seberapa jauh dari standar",
        "Batang bertumpuk: bagian hasil penilaian yang memenuhi standar dan yang kurang satu, dua, "
        "atau tiga tingkat, menurut rumpun. Semua angkanya ada pada tabel di bawah grafik.",
        charts.stacked(points, axis="Bagian hasil penilaian", series=list(names.values())),
        table(
            "keparahan",
            "Hasil penilaian menurut jarak dari standar, nasional (orang × kompetensi)",
            [
                column("family", weight=1.6, of=COMPETENCY_GAP_NATIONAL),
                *(column(s, "integer", of=COMPETENCY_GAP_NATIONAL) for s in SEVERITIES),
            ],
            cells,
        ),
    )


def _levels(context: Context) -> Chart:
    rows = context.gap_national.where(family=None, competency_code=None)
    levels = context.levels(rows)
    found = {level: rows.where(position_level=level).first() for level in levels}
    gaps = {level: cell(row, "gap_mean") for level, row in found.items()}
    points = [
        charts.Point(context.level(level), drawn(gap), gap.text("decimal2"))
        for level, gap in gaps.items()
    ]
    return Chart(
        "grafik-jenjang",
        "Rata-rata kesenjangan menurut jenjang jabatan",
        "Batang mendatar: rata-rata kesenjangan dalam tingkat untuk setiap jenjang jabatan. "
        "Semua angkanya ada pada tabel di bawah grafik.",
        charts.bars(points, axis="Rata-rata kesenjangan (tingkat)"),
        table(
            "jenjang",
            "Kesenjangan menurut jenjang jabatan, semua rumpun, nasional",
            [column("position_level", weight=2, of=COMPETENCY_GAP_NATIONAL), *measure_columns()],
            [[text(context.level(level)), *measures(row)] for level, row in found.items()],
        ),
    )


def _competencies(context: Context, *, statutory: bool) -> Table:
    rows = context.gap_national.where(competency_code=..., position_level=None).rows
    known = set(context.codes.order("competency"))
    chosen = [r for r in rows if (r.values["competency_code"] in known) is statutory]
    if statutory:
        chosen.sort(key=lambda r: str(r.values["competency_code"]))
        caption = "Sembilan kompetensi yang wajib dinilai, nasional"
    else:
        chosen = [r for r in chosen if drawn(cell(r, "gap_mean")) is not None]
        chosen.sort(key=lambda r: (r.values["gap_mean"], str(r.values["competency_code"])))
        chosen = chosen[:_LARGEST]
        caption = "Kompetensi teknis dan digital dengan kesenjangan terbesar, nasional"
    cells = [[text(_name(context, r)), *measures(r)] for r in chosen]
    return table(
        "kompetensi-wajib" if statutory else "kompetensi-lain",
        caption,
        [column("competency", weight=2.6), *measure_columns()],
        cells,
    )


def _name(context: Context, row: ProtectedRow) -> str:
    code = str(row.values["competency_code"])
    name = row.values.get("competency_name")
    return f"{code} {name}" if name and name != code else context.competency(code)
