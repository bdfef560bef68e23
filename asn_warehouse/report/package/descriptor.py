"""``datapackage.json``: Data Package, version 2 of the standard."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn_warehouse import archive
from asn_warehouse.archive import Version
from asn_warehouse.report import formats
from asn_warehouse.report.labels import label
from asn_warehouse.report.package.resource import HIDDEN, MISSING, Field, Resource
from asn_warehouse.settings import Settings

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
"""Names the version of the standard; nothing is read from there."""


@dataclass(frozen=True)
class About:
    """What the package says of itself; counts of people below ``threshold`` are hidden in it.

    ``left_out`` names for each table the levels of detail that were too fine, by their keys.
    """

    version: Version
    threshold: int
    left_out: dict[str, list[list[str]]]
    licence: str

    @classmethod
    def of(cls, settings: Settings, version: Version) -> "About":
        """Return what there is to say of an archived version."""
        return cls(
            version,
            version.thresholds.get(archive.OPEN, settings.small_cell_open),
            version.left_out.get(archive.OPEN, {}),
            settings.open_licence,
        )

    @property
    def month(self) -> str:
        """The month in words."""
        return formats.month(self.version.period)

    @property
    def title(self) -> str:
        """What the package is called."""
        return f"Data terbuka pengembangan kompetensi ASN, {self.month}"


def package(about: About, resources: Sequence[Resource]) -> dict[str, Any]:
    """Return the content of ``datapackage.json``."""
    version = about.version
    period = version.period
    content: dict[str, Any] = {
        "$schema": PROFILE,
        "name": f"asn-pengembangan-kompetensi-{period}",
        "id": version.content_sha256,
        "title": about.title,
        "description": "Angka agregat setelah perlindungan: jumlah orang di bawah"
        f" {about.threshold} disembunyikan (*). Aggregates after disclosure control; counts of"
        f" people below {about.threshold} are hidden (*).",
        "version": f"{period.year}.{period.month}.{version.version}",
        "created": version.published_at.replace(microsecond=0, tzinfo=None).isoformat() + "Z",
        "contributors": [{"title": label("report", "publisher"), "roles": ["publisher"]}],
        "keywords": ["ASN", "kompetensi", "Satu Data Indonesia"],
        "period": str(period),
        "levelsLeftOut": about.left_out,
    }
    if about.licence:
        content["licenses"] = [{"name": about.licence}]
    content["resources"] = [_resource(found, resources) for found in resources]
    return content


def _resource(found: Resource, resources: Sequence[Resource]) -> dict[str, Any]:
    return {
        "name": found.name,
        "type": "table",
        "path": found.path,
        "title": found.title,
        "titleEn": found.title_en,
        "description": found.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(found.csv),
        "hash": f"sha256:{hashlib.sha256(found.csv).hexdigest()}",
        "schema": _schema(found, resources),
    }


def _schema(found: Resource, resources: Sequence[Resource]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(field) for field in found.fields],
        "missingValues": [
            {"value": MISSING, "label": "tidak dilaporkan (not reported); pada kunci: jumlah"},
            {"value": HIDDEN, "label": "disembunyikan (suppressed)"},
        ],
    }
    required = {field.name for field in found.fields if field.required}
    is_whole = {*found.key} <= required or found.name.startswith("kamus-")
    key: list[Any] = [*found.key]
    schema |= {"primaryKey": key} if is_whole else {"uniqueKeys": [key]}
    lists = {other.path: other.name for other in resources}
    foreign = [
        {
            "fields": [field.name],
            "reference": {"resource": lists[f"kode/{field.codes}.csv"], "fields": ["code"]},
        }
        for field in found.fields
        if field.codes
    ]
    return schema | ({"foreignKeys": foreign} if foreign else {})


def _field(field: Field) -> dict[str, Any]:
    constraints = {
        "required": field.required or None,
        "minimum": field.minimum,
        "pattern": field.pattern,
    }
    told = {
        "name": field.name,
        "type": field.type,
        "title": field.title,
        "titleEn": field.title_en,
        "description": field.description,
        "ukuran": field.measure,
        "satuan": field.unit,
        "ruleSets": [*field.rule_sets],
        "constraints": {name: said for name, said in constraints.items() if said is not None},
    }
    return {name: said for name, said in told.items() if said}
