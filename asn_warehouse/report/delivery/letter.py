"""The mail with a report: in Indonesian, the PDF and the workbook attached where they are small."""

from email.message import EmailMessage

from asn_warehouse.report import formats
from asn_warehouse.report.delivery.addresses import Target
from asn_warehouse.report.delivery.bundle import Bundle, File
from asn_warehouse.settings import Settings

_ATTACHED = {
    ".pdf": ("application", "pdf"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def write(settings: Settings, target: Target, bundle: Bundle, places: list[str]) -> EmailMessage:
    """Return the mail to ``target``; the same report gives the same mail.

    Args:
        settings: the sender, and the size of what is attached.
        target: to whom.
        bundle: the report.
        places: where else the whole report lies.
    """
    month, sender = formats.month(bundle.period), settings.smtp_from or settings.smtp_user
    attached = [file for file in bundle.heads if _ending(file) in _ATTACHED]
    is_small = sum(file.bytes for file in attached) <= settings.smtp_max_bytes
    message = EmailMessage()
    message["From"] = sender
    message["To"] = target.place
    message["Subject"] = (
        f"Laporan nasional pengembangan kompetensi ASN {month} (versi {bundle.version})"
    )
    domain = sender.rpartition("@")[2] or "localhost"
    digest = bundle.manifest.sha256[:24]
    message["Message-ID"] = f"<laporan-{bundle.period}-v{bundle.version}-{digest}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_body(month, bundle, attached, is_small, places))
    if is_small:
        for file in attached:
            kind, subtype = _ATTACHED[_ending(file)]
            message.add_attachment(
                bundle.path(file).read_bytes(), maintype=kind, subtype=subtype, filename=file.name
            )
    return message


def _body(
    month: str, bundle: Bundle, attached: list[File], is_small: bool, places: list[str]
) -> str:
    lines = [
        "Yth. Bapak/Ibu,",
        "",
        f"Laporan nasional pengembangan kompetensi ASN bulan {month}, versi {bundle.version},",
        f"yang terbit {formats.moment(bundle.published_at)}, telah disetujui untuk dikirim.",
        "",
        "Terlampir:" if is_small else "Berkas terlalu besar untuk dilampirkan:",
    ]
    for file in attached:
        lines += [f"- {file.name} ({formats.number(file.bytes, 'integer')} bita)"]
        lines += [f"  SHA-256 {file.sha256}"]
    if places:
        lines += ["", "Laporan lengkap (PDF, buku kerja, halaman, data) ada di:"]
        lines += [f"- {place}/{bundle.period}/v{bundle.version}" for place in places]
    elif not is_small:
        lines += ["", "Mintalah berkasnya kepada pengirim surel ini."]
    lines += ["", f"SHA-256 daftar berkas ({bundle.manifest.name}): {bundle.manifest.sha256}", ""]
    return "\n".join(lines)


def _ending(file: File) -> str:
    return file.name[file.name.rfind(".") :]
