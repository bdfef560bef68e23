"""Delivery into an object store: the manifest is written last, so that it says all is there."""

import hashlib
from collections.abc import Iterator, Sequence

from fsspec import AbstractFileSystem

from asn_warehouse.errors import DeliveryFailed
from asn_warehouse.object_store import reaching
from asn_warehouse.report.delivery.addresses import Target
from asn_warehouse.report.delivery.bundle import Bundle, File

_TOGETHER = 64
"""Files that are sent or read back at the same time."""


def deliver(target: Target, bundle: Bundle) -> bool:
    """Put ``bundle`` below ``<address>/<period>/v<n>``; returns whether anything had to be written.

    Each object is read back and its SHA-256 compared before the manifest is written.

    Raises:
        DeliveryFailed: when the store does not answer, does not let us in, or holds other bytes
            than were sent.
    """
    with reaching(target.place, "The target", "ASN_DELIVERY", DeliveryFailed) as (store, root):
        place = f"{root}/{bundle.period}/v{bundle.version}"
        sizes = _sizes(store, place)
        if _is_there(store, place, bundle, sizes):
            return False
        if bundle.manifest.name in sizes:
            # Till it is there again, nobody takes what lies there for a whole report.
            store.rm_file(f"{place}/{bundle.manifest.name}")
        for files in _chunks(bundle.files[:-1]):
            _send(store, place, bundle, files)
        for name in sorted(sizes.keys() - {file.name for file in bundle.files}):
            store.rm_file(f"{place}/{name}")
        _send(store, place, bundle, [bundle.manifest])
    return True


def _sizes(store: AbstractFileSystem, place: str) -> dict[str, int]:
    """Return the objects that are there, by name, with their sizes in bytes."""
    found = store.find(place, detail=True)
    return {
        name.removeprefix(f"{place}/"): int(info["size"])
        for name, info in found.items()
        if info["type"] == "file"
    }


def _is_there(store: AbstractFileSystem, place: str, bundle: Bundle, sizes: dict[str, int]) -> bool:
    """Return whether the store holds this manifest, and every file that it lists."""
    if sizes != {file.name: file.bytes for file in bundle.files}:
        return False
    data = store.cat_file(f"{place}/{bundle.manifest.name}")
    return hashlib.sha256(data).hexdigest() == bundle.manifest.sha256


def _send(store: AbstractFileSystem, place: str, bundle: Bundle, files: Sequence[File]) -> None:
    remote = {f"{place}/{file.name}": file for file in files}
    store.put([str(bundle.path(file)) for file in files], list(remote))
    kept = store.cat(list(remote))
    for name, file in remote.items():
        if hashlib.sha256(kept[name]).hexdigest() != file.sha256:
            raise DeliveryFailed(f"{name} is not what was sent.", mend="Deliver it again.")


def _chunks(files: Sequence[File]) -> Iterator[Sequence[File]]:
    for start in range(0, len(files), _TOGETHER):
        yield files[start : start + _TOGETHER]
