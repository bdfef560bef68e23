"""The tables of schema ``open`` of one version, with what their models say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from asn_warehouse.errors import ReportFailed
from asn_warehouse.report import labels
from asn_warehouse.report.package import codelists, units
from asn_warehouse.report.package.resource import HIDDEN, Field, Resource, as_csv
from asn_warehouse.report.source import Edition
from asn_warehouse.safe_marts import MARTS, Mart
from asn_warehouse.safe_marts.files import STATUS, SUPPRESSED

_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
)
_PROVINCE = "^([0-9]{2}|TIDAK_DIKETAHUI)$"

_SAID = (
    Field(
        STATUS,
        "string",
        "Status baris",
        "Status of the row",
        "suppressed: something in the row is hidden; not_reported: no protected figure has a"
        " value; shown: neither.",
        measure="kode",
        codes="disclosure_status",
        required=True,
    ),
    Field(
        SUPPRESSED,
        "string",
        "Kolom yang disembunyikan",
        "Hidden columns",
        "Names of the hidden columns of the row, joined by a semicolon.",
        measure="teks",
    ),
)


@dataclass(frozen=True)
class OpenTable:
    """A table of schema ``open``: its rule, its model's declaration, its rows."""

    mart: Mart
    declared: Mapping[str, Any]
    data: pa.Table

    @property
    def name(self) -> str:
        """Name of the mart."""
        return self.mart.name

    @property
    def title(self) -> str:
        """What the table is called in Indonesian."""
        return labels.mart_title(self.name)

    @property
    def description(self) -> str:
        """What a row is, and what is counted, in English."""
        return " ".join(str(self.declared["description"]).split())

    @property
    def grain(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        tests = self.declared["data_tests"]
        grain = next(t["grain_is_unique"] for t in tests if "grain_is_unique" in t)
        return tuple(grain["arguments"]["columns"])

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns, in the order of the table.

        Raises:
            ReportFailed: when the model does not name a column, or nobody says its unit.
        """
        known = {column["name"]: column for column in self.declared["columns"]}
        found = []
        for column in self.data.schema:
            if column.name in (STATUS, SUPPRESSED):
                continue
            if column.name not in known:
                raise ReportFailed(f"Column {column.name} of {self.name} has no heading.")
            found.append(self._field(column, known[column.name]))
        return (*found, *_SAID)

    def _field(self, column: pa.Field, declared: Mapping[str, Any]) -> Field:
        kind = next((name for test, name in _TYPES if test(column.type)), "string")
        codes = codelists.of_column(column.name)
        measure, unit = units.of(self.mart, column.name, kind, coded=codes is not None)
        meta = declared["config"]["meta"]
        guarded = {*self.mart.rule.counts, *self.mart.rule.statistics, *self.mart.rows_of_people}
        never_null = any(c.get("type") == "not_null" for c in declared.get("constraints", ()))
        return Field(
            column.name,
            kind,
            labels.heading(column.name, self.name),
            str(meta.get("label_en", column.name)),
            " ".join(str(declared["description"]).split()),
            measure,
            unit,
            codes,
            required=never_null and column.name not in guarded,
            minimum=0 if column.name in self.mart.rule.counts else None,
            pattern=_PROVINCE if column.name == "province_code" else None,
            rule_sets=tuple(meta.get("rule_sets", ())),
        )


def read(folder: Path, edition: Edition) -> list[OpenTable]:
    """Return the tables of a version in the order of their names; those it has none of left out.

    Raises:
        ReportFailed: when a table that it was published with cannot be read.
    """
    found = []
    for mart in sorted(MARTS, key=lambda mart: mart.name):
        path = folder / f"{mart.name}.parquet"
        if not edition.has(mart.name):
            continue
        try:
            data = pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise ReportFailed(
                f"Open data of {mart.name} of {edition.period} cannot be read: {error}",
                mend="Restore the archive of the version from the backup.",
            ) from error
        found.append(OpenTable(mart, labels.declared(mart.name), data))
    return found


def resource(table: OpenTable) -> Resource:
    """Return a table as a file of the package: ``*`` where hidden, empty where not reported."""
    columns = {name: table.data.column(name).to_pylist() for name in table.data.column_names}
    for row, names in enumerate(columns[SUPPRESSED]):
        for name in filter(None, names.split(";")):
            columns[name][row] = HIDDEN
    return Resource(
        table.name,
        f"{table.name}.csv",
        table.title,
        str(table.declared["config"]["meta"]["label_en"]),
        table.description,
        table.fields,
        table.grain,
        as_csv([*columns], zip(*columns.values(), strict=True)),
    )
