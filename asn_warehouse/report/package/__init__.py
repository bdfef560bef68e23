"""The open-data package of a month: schema ``open`` as a Frictionless Data Package (version 2).

Everything in it is public: counts of people below the threshold of open data are hidden, and with
them whatever they could be computed from.
"""

import hashlib
import json
from typing import Any

from asn_warehouse import archive
from asn_warehouse.report.package import codelists, descriptor, dictionary, readme, tables
from asn_warehouse.report.package.resource import Resource
from asn_warehouse.report.source import Edition
from asn_warehouse.settings import Settings

FOLDER = "data"
CHECKSUMS = "SHA256SUMS"


def files(settings: Settings, edition: Edition) -> dict[str, bytes]:
    """Return the files of the package by path, all of them below ``data/``.

    They are read from the archive of the version alone: the same version gives the same bytes.

    Raises:
        ReportFailed: when a table cannot be read, or a column of it has no name or no unit.
    """
    version = archive.load(settings, edition.period, edition.version)
    folder = archive.directory(settings, edition.period, edition.version)
    marts = tables.read(folder / archive.OPEN, edition)
    lists = codelists.of(settings, marts)
    resources: list[Resource] = [
        *(tables.resource(mart) for mart in marts),
        *lists.values(),
        dictionary.of_tables(marts, lists),
        dictionary.of_submissions(settings),
    ]
    about = descriptor.About.of(settings, version)
    made = {found.path: found.csv for found in resources}
    made["datapackage.json"] = _json(descriptor.package(about, resources))
    made["README.md"] = readme.text(about, marts, resources).encode()
    made[CHECKSUMS] = _checksums(made)
    return {f"{FOLDER}/{name}": data for name, data in sorted(made.items())}


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _checksums(made: dict[str, bytes]) -> bytes:
    """Return the digests as ``sha256sum --check`` reads them."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(made.items()))
    return "".join(lines).encode()
