"""The answer to an agency: a receipt for every file, and the rejected rows with reasons."""

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, StrictUndefined, Template

from asn_warehouse.admission.messages import message, shortened
from asn_warehouse.admission.rejects import value_of, write_workbook
from asn_warehouse.admission.verdicts import SHOWN_ROWS
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import UsageError
from asn_warehouse.files import replacing
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.admission.outcomes import Outcome

TOP_REASONS = 10
STATUS_TEXT = {
    "diterima": "Diterima seluruhnya",
    "diterima_sebagian": "Diterima sebagian",
    "ditolak": "Ditolak",
}


def receipt(period: str, outcome: "Outcome", dataset: Dataset | None) -> dict[str, Any]:
    """Return the receipt of one file: what was read, what was kept, and why the rest was not.

    Counts are rows; times are UTC. A value that the agency wrote stands in it only where the
    column holds no identity, so that a receipt can be shown around.
    """
    refusal = None
    if outcome.refusal_rule is not None:
        text = message(outcome.refusal_rule, value=outcome.refusal_value)
        refusal = {"aturan": outcome.refusal_rule, "alasan": text.text, "perbaikan": text.mend}
    return {
        "periode": period,
        "kode_instansi": outcome.file.agency_code,
        "data": outcome.file.dataset,
        "berkas": outcome.file.name,
        "status": outcome.status,
        "penolakan_berkas": refusal,
        "baris_dibaca": outcome.rows_read,
        "baris_diterima": outcome.rows_accepted,
        "baris_ditolak": outcome.rows_rejected,
        "baris_diperingatkan": outcome.rows_warned,
        "baris_diterima_kemudian": outcome.rows_replayed,
        "alasan": _reasons(outcome, dataset) if dataset else [],
        "alasan_lain": max(len(outcome.reasons) - TOP_REASONS, 0),
        "kolom_diabaikan": list(outcome.ignored),
        "revisi": outcome.revision,
        "revisi_sebelumnya": _before(outcome),
        "submission_id": outcome.submission_id,
        "sha256": outcome.sha256,
        "diterima_pada": f"{outcome.file.received_at.isoformat(timespec='seconds')}Z",
    }


def _before(outcome: "Outcome") -> dict[str, Any] | None:
    """Return the submission that counted until now: replaced, or still in use after a refusal."""
    if outcome.counted_before is None:
        return None
    revision, submission_id = outcome.counted_before
    return {"revisi": revision, "submission_id": submission_id}


def _reasons(outcome: "Outcome", dataset: Dataset) -> list[dict[str, Any]]:
    cells = {row.row_number: row.cells for row in outcome.rejected}
    identities = {column.name for column in dataset.columns if column.is_identity}
    found = []
    for reason in outcome.reasons[:TOP_REASONS]:
        value = reason.value or value_of(
            outcome, dataset, cells.get(reason.example_row, ()), reason.rule
        )
        if identities & set(reason.columns):
            value = ""
        text = message(reason.rule, dataset, value=value, row=reason.example_row)
        found.append(
            {
                "aturan": reason.rule,
                "sifat": "ditolak" if reason.severity == "error" else "peringatan",
                "jumlah_baris": reason.rows,
                "contoh_baris": reason.example_row,
                "contoh_baris_lain": list(reason.more_rows),
                "contoh_isi": shortened(value) or None,
                "alasan": text.text,
                "perbaikan": text.mend,
            }
        )
    return found


def write_answer(
    settings: Settings, period: str, outcome: "Outcome", dataset: Dataset | None
) -> None:
    """Write receipt (JSON and HTML) and reject workbook of one file to the agency's outbox."""
    folder = settings.outbox / period / outcome.file.agency_code
    content = receipt(period, outcome, dataset)
    with replacing(folder / f"{outcome.file.dataset}.receipt.json", durable=False) as target:
        target.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    with replacing(folder / f"{outcome.file.dataset}.receipt.html", durable=False) as target:
        target.write_text(_html(settings, content, outcome, dataset), "utf-8")
    workbook = folder / f"{outcome.file.dataset}.ditolak.xlsx"
    if outcome.rejected and dataset is not None:
        write_workbook(workbook, outcome, dataset, outcome.file.received_at)
    else:
        workbook.unlink(missing_ok=True)


@cache
def _template() -> Template:
    source = files("asn_warehouse.admission").joinpath("receipt.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["angka"] = lambda number: format_decimal(number, locale="id_ID")
    return environment.from_string(source)


def _html(
    settings: Settings, content: dict[str, Any], outcome: "Outcome", dataset: Dataset | None
) -> str:
    zone = ZoneInfo(settings.timezone)
    received = outcome.file.received_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
    return _template().render(
        **content,
        label=dataset.label if dataset else outcome.file.dataset,
        status_text=STATUS_TEXT[outcome.status],
        bulan=_month(period=content["periode"]),
        waktu=format_datetime(received, "d MMMM yyyy HH.mm", tzinfo=zone, locale="id_ID"),
        zona=received.tzname(),
        workbook=f"{outcome.file.dataset}.ditolak.xlsx" if outcome.rejected else "",
        is_cut=outcome.rows_rejected > SHOWN_ROWS,
        workbook_rows=SHOWN_ROWS,
    )


def _month(period: str) -> str:
    """Return a month in words; what is none, as it stands."""
    try:
        return str(format_date(Period.parse(period).first_day, "MMMM y", locale="id_ID"))
    except UsageError:
        return period
