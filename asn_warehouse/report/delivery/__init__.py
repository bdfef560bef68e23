"""Delivery of an approved report: to folders, object stores and mailboxes, each on its own."""

from dataclasses import dataclass
from typing import Literal

import structlog

from asn_warehouse import mail, ops
from asn_warehouse.errors import AsnError, DeliveryRefused
from asn_warehouse.periods import Period
from asn_warehouse.report.delivery import addresses, folder, guards, letter, objects
from asn_warehouse.report.delivery.addresses import Target
from asn_warehouse.report.delivery.bundle import Bundle, File, read
from asn_warehouse.settings import Settings

__all__ = ["Delivery", "deliver", "targets"]

Status = Literal["delivered", "unchanged", "refused", "failed"]
log = structlog.get_logger()


@dataclass(frozen=True)
class Delivery:
    """What became of a delivery: ``unchanged`` where the target had these very bytes already."""

    period: Period
    version: int
    target: str
    status: Status
    approved_by: str | None
    files: int
    bytes: int


def targets(settings: Settings) -> list[str]:
    """Return the addresses to deliver to; they hold no secret.

    Raises:
        ConfigurationError: when one of ``ASN_DELIVERY`` is wrong.
    """
    return [target.address for target in addresses.of(settings)]


def deliver(
    settings: Settings,
    period: Period,
    version: int,
    address: str,
    manifest_sha256: str | None = None,
) -> Delivery:
    """Deliver the report of a version to one target, if it is published, gated and approved.

    All of that is looked up again now. A second delivery of the same bytes changes nothing. Each
    try leaves rows in ``ops.report``.

    Args:
        settings: where things live.
        period: the month.
        version: the version of its publication.
        address: one of ``targets``.
        manifest_sha256: of the report as it was made; default whatever it is now.

    Raises:
        DeliveryRefused: when the report must not be delivered.
        DeliveryFailed: when the target does not answer, or does not hold what was sent.
        ConfigurationError: when the target is none.
    """
    target = addresses.parse(settings, address)
    try:
        bundle = read(settings, period, version)
        if manifest_sha256 not in (None, bundle.manifest.sha256):
            raise DeliveryRefused(
                f"The report of {period}, version {version}, was made anew since it was approved.",
                mend="Start `report_monthly` for the month again, and approve the new report.",
            )
        who = guards.assert_deliverable(settings, bundle)
        is_new = _send(settings, target, bundle)
    except AsnError as error:
        status: Status = "refused" if isinstance(error, DeliveryRefused) else "failed"
        row = {"period": str(period), "version": version, "file": "manifest.json"}
        ops.record(
            settings,
            "report",
            {**row, "target": address, "status": status, "message": error.message},
        )
        raise
    return _recorded(settings, target, bundle, who, is_new)


def _send(settings: Settings, target: Target, bundle: Bundle) -> bool:
    """Bring ``bundle`` to ``target``; returns whether it was not there before."""
    if target.kind == "folder":
        return folder.deliver(target, bundle)
    if target.kind == "store":
        return objects.deliver(target, bundle)
    if _is_known(settings, target, bundle):
        return False
    places = [found.address for found in addresses.of(settings) if found.kind != "mail"]
    mail.send(settings, letter.write(settings, target, bundle, places))
    return True


def _is_known(settings: Settings, target: Target, bundle: Bundle) -> bool:
    """Return whether ``ops.report`` says that these very bytes were delivered to ``target``."""
    return any(
        row.get("target") == target.address
        and row.get("status") == "delivered"
        and row.get("sha256") == bundle.manifest.sha256
        for row in ops.read(settings, "report")
    )


def _recorded(
    settings: Settings, target: Target, bundle: Bundle, who: str | None, is_new: bool
) -> Delivery:
    """Record the delivery: a row for each file at the top, of which the manifest is one."""
    first = is_new or not _is_known(settings, target, bundle)
    status: Status = "delivered" if first else "unchanged"
    shared = {
        "period": str(bundle.period),
        "version": bundle.version,
        "target": target.address,
        "status": status,
        "approved_by": who,
        "delivered_at": ops.now() if first else None,
    }
    files = bundle.heads if first else (bundle.manifest,)
    ops.record_all(settings, "report", [shared | _row(file) for file in files])
    # Not `target`: a worker of Airflow 3.3 cannot pass on a field of that name.
    log.info("report.delivered", to=target.address, status=status, files=len(bundle.files))
    return Delivery(
        bundle.period, bundle.version, target.address, status, who, len(bundle.files), bundle.bytes
    )


def _row(file: File) -> ops.Row:
    return {"file": file.name, "sha256": file.sha256, "bytes": file.bytes}
