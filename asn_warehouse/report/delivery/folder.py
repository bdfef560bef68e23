"""Delivery into a folder: a whole version appears at once, after its bytes were read back."""

import shutil
import uuid
from pathlib import Path

from asn_warehouse.archive import file_sha256
from asn_warehouse.errors import DeliveryFailed
from asn_warehouse.files import sync
from asn_warehouse.report.delivery.addresses import Target
from asn_warehouse.report.delivery.bundle import Bundle


def deliver(target: Target, bundle: Bundle) -> bool:
    """Put ``bundle`` into ``<folder>/<period>/v<n>``; returns whether anything had to be written.

    Raises:
        DeliveryFailed: when the folder is not there, cannot be written, or holds other bytes than
            were written.
    """
    if not target.folder.is_dir():
        raise DeliveryFailed(
            f"The folder {target.folder} is not there.",
            mend="Mount or make it; it is not made here, lest a share that is gone go unnoticed.",
        )
    final = target.folder / str(bundle.period) / f"v{bundle.version}"
    if final.is_dir() and not _wrong(final, bundle):
        return False
    try:
        _write(final, bundle)
    except OSError as error:
        raise DeliveryFailed(
            f"{final} cannot be written: {error.strerror or error}.",
            mend="Check its rights and its space.",
        ) from error
    return True


def _write(final: Path, bundle: Bundle) -> None:
    final.parent.mkdir(exist_ok=True)
    for stale in final.parent.glob(f".{final.name}.partial-*"):
        shutil.rmtree(stale, ignore_errors=True)
    partial = final.with_name(f".{final.name}.partial-{uuid.uuid4().hex}")
    try:
        for file in bundle.files:
            path = partial / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.path(file), path)
            sync(path)
        wrong = _wrong(partial, bundle)
        if wrong:
            raise DeliveryFailed(f"{final.parent} did not keep {wrong} as it was written.")
        sync(partial)
        if final.exists():
            final.rename(final.with_name(f".{final.name}.partial-{uuid.uuid4().hex}"))
        partial.rename(final)
        sync(final.parent)
    finally:
        for left in final.parent.glob(f".{final.name}.partial-*"):
            shutil.rmtree(left, ignore_errors=True)


def _wrong(folder: Path, bundle: Bundle) -> str | None:
    """Return the name of a file that is missing, superfluous or has other bytes; None if none."""
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    odd = there ^ {file.name for file in bundle.files}
    if odd:
        return min(odd)
    return next(
        (file.name for file in bundle.files if file_sha256(folder / file.name) != file.sha256), None
    )
