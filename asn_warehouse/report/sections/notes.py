"""How the figures were made, and the rules in force."""

from collections.abc import Mapping, Sequence

from asn_warehouse.report import formats, marts
from asn_warehouse.report.context import Context, column, text
from asn_warehouse.report.labels import catalogue, label, mart_headings, mart_title
from asn_warehouse.report.model import Block, Paragraph, Section, Table, table
from asn_warehouse.report.rules import Note, notes
from asn_warehouse.report.source import Edition


def _which(edition: Edition) -> str:
    if edition.is_as_known:
        return "Angka ini belum diterbitkan dan tidak menggantikan terbitan mana pun."
    return (
        f"Ini terbitan ke-{edition.version} untuk bulan ini, terbit "
        f"{formats.day(edition.published_at)}."
    )


def section(context: Context) -> Section:
    """Return the method notes."""
    edition = context.published.edition
    period = context.period
    paragraphs = [
        f"Keadaan yang digambarkan adalah hari terakhir bulan, {formats.day(period.last_day)}. "
        f"Kiriman yang diterima sampai {formats.moment(edition.as_of)} ikut dihitung; bila data "
        f"dikirim ulang, kiriman terakhir yang diterima berlaku. {_which(edition)}",
        "Yang dihitung hanya pegawai berkedudukan hukum aktif. Data keadaan yang tidak dikirim "
        "diteruskan dari kiriman terakhir paling lama dua bulan dan disebut pada bagian kepatuhan "
        "pengiriman; setelah itu instansi dinyatakan tidak dilaporkan, bukan nol.",
        f"Tanda {formats.SUPPRESSED} berarti angka dirahasiakan: menyangkut kurang dari "
        f"{context.threshold} orang, atau angka lain yang membuatnya dapat dihitung kembali. Tanda "
        f"{formats.NOT_REPORTED} berarti tidak dilaporkan atau tidak dapat dihitung. Angka 0 "
        "berarti benar-benar nol. Ketiganya tidak sama.",
        "Jumlah dapat berbeda tipis dari penjumlahan bagian karena pembulatan.",
    ]
    blocks: list[Block] = [Paragraph(words) for words in paragraphs]
    absent = [mart_title(mart.name) for mart in marts.MARTS if not edition.has(mart.name)]
    if absent:
        blocks.append(
            Paragraph(
                "Terbitan ini dibuat sebelum tabel berikut ada; bagiannya kosong, bukan nol: "
                f"{', '.join(absent)}."
            )
        )
    too_fine = [
        f"{mart_title(mart.name)} menurut {_broken_down(mart.name, edition.left_out)}"
        for mart in marts.MARTS
        if mart.name in edition.left_out
    ]
    if too_fine:
        blocks.append(
            Paragraph(
                "Rincian berikut tidak dimuat, karena terlalu banyak angkanya menyangkut "
                f"kurang dari {context.threshold} orang; jumlah di atasnya dimuat: "
                f"{'; '.join(too_fine)}."
            )
        )
    blocks.append(
        Paragraph(
            f"Setiap angka bersandar pada aturan yang berlaku pada {formats.day(period.last_day)}. "
            "Aturan disebut di bawah menurut pokoknya, dengan dasar, tanda kepastian dan hari "
            "mulai berlaku; nilai setiap aturan satu per satu ada pada lembar Aturan buku kerja."
        )
    )
    blocks += [_table(topic, found) for topic, found in notes(context.rules).items()]
    marks = "; ".join(f"{mark}: {words}" for mark, words in catalogue()["mark"].items())
    blocks.append(Paragraph(f"Tanda pada aturan. {marks}.", is_note=True))
    return Section("catatan", "Catatan metode", tuple(blocks))


def _broken_down(mart: str, left_out: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Return the levels left out of ``mart`` in words."""
    headings = mart_headings(mart)
    levels = [" × ".join(headings[key].lower() for key in keys) for keys in left_out[mart]]
    return ", ".join(levels)


def _table(topic: str, found: list[Note]) -> Table:
    return table(
        f"aturan-{topic}",
        f"Aturan: {label('rule_topic', topic)}",
        [
            column("rule", weight=4.6),
            column("source", weight=2.4),
            column("mark", weight=0.6),
            column("valid_from", "date", weight=1.4),
        ],
        [[text(n.words), text(n.source), text(n.mark), text(n.valid_from)] for n in found],
        is_long=True,
    )
