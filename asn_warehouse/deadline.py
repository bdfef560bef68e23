"""The 10th of the month: is last month's report at risk, and who is told."""

from datetime import date
from email.message import EmailMessage

import structlog

from asn_warehouse import audit, mail, ops, publish
from asn_warehouse.periods import Period
from asn_warehouse.report import formats
from asn_warehouse.settings import Settings

REPORT_DAY = 10
"""Day of the month on which the report of the month before is due."""

WATCH_FROM_DAY = 8
"""From this day on a month that is not published puts the report at risk."""

ACTION = "alert"


def watch(settings: Settings, today: date) -> str | None:
    """Tell the operators, once a day, when last month's report is at risk or overdue.

    Returns:
        what is wrong, in Indonesian; None when nothing is.

    Raises:
        DeliveryFailed: when the mail that was asked for could not be sent; log and audit have it.
    """
    period = Period.of(today).previous()
    risk = risk_of(settings, period, today)
    if risk is not None:
        alert(settings, period, risk, f"deadline-{period}-{today.isoformat()}")
    return risk


def risk_of(settings: Settings, period: Period, today: date) -> str | None:
    """Return why the report of ``period`` is late or about to be, in Indonesian, or None."""
    month = formats.month(period)
    current = publish.current(settings, period)
    if current is None:
        due = period.next().first_day.replace(day=REPORT_DAY)
        if today < due.replace(day=WATCH_FROM_DAY):
            return None
        late = "Terlambat" if today > due else "Terancam"
        return f"{late}: {month} belum terbit; laporannya jatuh tempo {formats.day(due)}."
    if today <= period.next().first_day.replace(day=REPORT_DAY):
        return None
    if _is_delivered(settings, period):
        return None
    return (
        f"Terlambat: laporan {month} (versi {current.version}) sudah terbit, tetapi belum dikirim."
    )


def overdue(settings: Settings, period: Period, run: str) -> None:
    """Tell the operators, once, that ``run`` should have delivered the month's report by now.

    Raises:
        DeliveryFailed: when the mail that was asked for could not be sent.
    """
    if not _is_delivered(settings, period):
        text = f"Terlambat: laporan {formats.month(period)} belum disetujui dan dikirim ({run})."
        alert(settings, period, text, f"deadline-{period}-{run}")


def alert(settings: Settings, period: Period, text: str, event: str) -> None:
    """Write ``text`` to the log and, once for an ``event``, to the audit and to ``ASN_ALERT_TO``.

    Raises:
        DeliveryFailed: when the mail could not be sent.
    """
    structlog.get_logger().error("report.deadline", period=str(period), said=text)
    audit.record(settings, ACTION, period=str(period), details=text, event=event)
    people = [part.strip() for part in settings.alert_to.split(",") if part.strip()]
    mailed = f"{event}-mail"
    known = {row.get("event") for row in ops.read(settings, audit.TABLE)}
    if not people or mailed in known:
        return
    message = EmailMessage()
    message["From"] = settings.smtp_from or settings.smtp_user
    message["To"] = ", ".join(people)
    message["Subject"] = f"Laporan ASN {formats.month(period)}: tenggat tanggal {REPORT_DAY}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{text}\n\nPetunjuk: docs/runbooks/month-not-published.md\n")
    mail.send(settings, message)
    told = f"told by mail: {len(people)}"
    audit.record(settings, ACTION, period=str(period), details=told, event=mailed)


def _is_delivered(settings: Settings, period: Period) -> bool:
    """Return whether any version of the month's report was ever delivered."""
    return any(
        row["period"] == str(period) and row.get("delivered_at")
        for row in ops.read(settings, "report")
    )
