"""The data contracts (ODCS v3) as admission, the lake and the templates need them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaProperty,
)
from pydantic import ValidationError

from asn_warehouse.codes import code_list
from asn_warehouse.errors import ContractError, UsageError
from asn_warehouse.settings import Settings

Kind = Literal["text", "upper", "nip", "respondent", "code", "integer", "number", "date"]
Severity = Literal["error", "warning"]

SYSTEM_COLUMNS = {"submission_id": "VARCHAR", "agency_code": "VARCHAR", "row_number": "INTEGER"}
"""Columns before the dataset's own in every lake table, with their DuckDB types."""

SUBMISSION_COLUMNS = {
    "submission_id": "VARCHAR",
    "agency_code": "VARCHAR",
    "dataset": "VARCHAR",
    "period": "VARCHAR",
    "revision": "INTEGER",
    "received_at": "TIMESTAMP",
    "file_name": "VARCHAR",
    "file_format": "VARCHAR",
    "file_sha256": "VARCHAR",
    "file_bytes": "BIGINT",
    "status": "VARCHAR",
    "refusal_rule": "VARCHAR",
    "rows_read": "BIGINT",
    "rows_accepted": "BIGINT",
    "rows_rejected": "BIGINT",
    "rows_warned": "BIGINT",
    "rows_replayed": "BIGINT",
    "cells_total": "BIGINT",
    "cells_filled": "BIGINT",
    "top_reasons": "VARCHAR",
    "batch_id": "VARCHAR",
}
"""Columns of the commit log ``lake/submission`` with their DuckDB types."""


@dataclass(frozen=True)
class Column:
    """One column of a submission."""

    name: str
    label: str
    description: str
    kind: Kind
    required: bool
    is_key: bool
    aliases: tuple[str, ...]
    codes: tuple[str, ...]
    code_list: str | None
    suggested_list: str | None
    value_synonyms: dict[str, str]
    minimum: float | None
    exclusive_minimum: float | None
    maximum: float | None
    pattern: str | None
    default: float | None
    siasn_default: str | None
    siasn_names: str | None
    is_identity: bool
    key_name: str | None
    examples: tuple[str, ...]

    @property
    def example(self) -> str:
        """A right value as an agency writes it."""
        return self.examples[0]

    @property
    def lake_name(self) -> str | None:
        """Name in the lake: the pseudonym of an identity column, or None where it has none."""
        return self.key_name if self.is_identity else self.name

    @property
    def lake_type(self) -> str:
        """DuckDB type in the lake."""
        return {"integer": "INTEGER", "number": "DOUBLE", "date": "DATE"}.get(self.kind, "VARCHAR")


@dataclass(frozen=True)
class RowRule:
    """A condition over several columns that every row must satisfy (unknown passes)."""

    id: str
    severity: Severity
    predicate: str
    columns: tuple[str, ...]
    text: dict[str, str]
    mend: dict[str, str]


@dataclass(frozen=True)
class DerivedColumn:
    """A lake column computed at admission, where an identity column must not go on."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Dataset:
    """One dataset that agencies submit; ``grain`` and ``usage`` say what a row is, in words."""

    name: str
    label: str
    description: str
    grain: str
    usage: str
    family: Literal["hr", "training", "survey"]
    nature: Literal["snapshot", "event"]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...]
    derived: tuple[DerivedColumn, ...]

    def column(self, name: str) -> Column:
        """Return the column called ``name``."""
        return next(column for column in self.columns if column.name == name)

    @property
    def key(self) -> tuple[Column, ...]:
        """Columns of the primary key within an agency and period."""
        return tuple(column for column in self.columns if column.is_key)

    @property
    def lake_columns(self) -> dict[str, str]:
        """Names and DuckDB types of the lake table, in order, without the partition column."""
        own = {c.lake_name: c.lake_type for c in self.columns if c.lake_name is not None}
        derived = {column.name: column.type for column in self.derived}
        return {**SYSTEM_COLUMNS, **own, **derived, "warnings": "VARCHAR"}


def fold(name: str) -> str:
    """Return a column name without case, spaces, dots, underscores and signs that nobody sees."""
    return re.sub(
        r"[\s._\-\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+", "", name
    ).casefold()


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {p.property: p.value for p in properties or [] if p.property is not None}


def _kind(prop: SchemaProperty, custom: dict[str, Any]) -> Kind:
    if "kind" in custom:
        return cast(Kind, custom["kind"])
    if "codeList" in custom:
        return "code"
    if prop.logicalType in ("integer", "number", "date"):
        return cast(Kind, prop.logicalType)
    return "text"


def _column(prop: SchemaProperty, settings: Settings) -> Column:
    custom, options = _custom(prop.customProperties), prop.logicalTypeOptions or {}
    name = prop.name or ""
    codes = code_list(settings, custom["codeList"]) if "codeList" in custom else ()
    return Column(
        name=name,
        label=prop.businessName or name,
        description=prop.description or "",
        kind=_kind(prop, custom),
        required=bool(prop.required),
        is_key=bool(prop.primaryKey),
        aliases=tuple(s.synonym for s in prop.synonyms or [] if s.synonym),
        codes=codes,
        code_list=custom.get("codeList"),
        suggested_list=custom.get("suggestedCodes"),
        value_synonyms={str(k): str(v) for k, v in custom.get("valueSynonyms", {}).items()},
        minimum=options.get("minimum"),
        exclusive_minimum=options.get("exclusiveMinimum"),
        maximum=options.get("maximum"),
        pattern=options.get("pattern"),
        default=custom.get("default"),
        siasn_default=custom.get("siasnDefault"),
        siasn_names=custom.get("siasnNames"),
        is_identity=prop.classification == "identity",
        key_name=prop.encryptedName,
        examples=tuple(str(example) for example in prop.examples or [""]),
    )


def _rule(quality: DataQuality) -> RowRule:
    custom = _custom(quality.customProperties)
    return RowRule(
        id=quality.name or "",
        severity="warning" if quality.severity == "warning" else "error",
        predicate=str(quality.implementation),
        columns=tuple(custom["columns"]),
        text={"id": quality.description or "", "en": custom["message"]},
        mend={"id": custom["perbaikan"], "en": custom["mend"]},
    )


def read_contract(path: Path, settings: Settings) -> Dataset:
    """Return the dataset that the ODCS contract at ``path`` describes.

    Raises:
        ContractError: when the file is not a contract that admission can use.
    """
    try:
        contract = OpenDataContractStandard.from_file(str(path))
        (schema,) = contract.schema_ or []
        custom = _custom(schema.customProperties)
        dataset = Dataset(
            name=schema.name or "",
            label=schema.businessName or "",
            description=schema.description or "",
            grain=schema.dataGranularityDescription or "",
            usage=(contract.description.usage if contract.description else None) or "",
            family=contract.domain,
            nature=custom["nature"],
            columns=tuple(_column(p, settings) for p in schema.properties or []),
            rules=tuple(_rule(q) for q in schema.quality or []),
            derived=tuple(
                DerivedColumn(d["name"], d["type"], d["expression"])
                for d in custom.get("derived", [])
            ),
        )
    except (ValidationError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        problem = f"the property {error} is missing" if isinstance(error, KeyError) else error
        raise ContractError(
            f"Contract {path.name} cannot be used: {problem}.",
            mend="Compare it with the Open Data Contract Standard v3 and the other contracts.",
        ) from error
    _check(dataset, path)
    return dataset


def _check(dataset: Dataset, path: Path) -> None:
    names = [fold(n) for c in dataset.columns for n in {c.name, *c.aliases}]
    problems = [
        (dataset.name != path.stem, "the schema is not named as the file"),
        (not dataset.key, "it has no primary key"),
        (any(not c.required for c in dataset.key), "a column of the primary key may be empty"),
        (len(names) != len({*names}) + _repeats(dataset), "two columns share a name or synonym"),
        (
            any(r.id.split(".")[0] != dataset.name for r in dataset.rules),
            "a rule id lacks the dataset's name",
        ),
    ]
    wrong = [text for is_wrong, text in problems if is_wrong]
    if wrong:
        raise ContractError(f"Contract {path.name} cannot be used: {'; '.join(wrong)}.")


def _repeats(dataset: Dataset) -> int:
    """Count synonyms that differ from their own column's name only in case and underscores."""
    return sum(
        len({c.name, *c.aliases}) - len({fold(n) for n in {c.name, *c.aliases}})
        for c in dataset.columns
    )


@cache
def _datasets(settings: Settings) -> dict[str, Dataset]:
    paths = sorted(settings.contracts_dir.glob("*.yaml"))
    if not paths:
        raise ContractError(f"No contracts in {settings.contracts_dir}.")
    return {path.stem: read_contract(path, settings) for path in paths}


def datasets(settings: Settings) -> dict[str, Dataset]:
    """Return all datasets by name, in alphabetical order."""
    return _datasets(settings)


def dataset(settings: Settings, name: str) -> Dataset:
    """Return the dataset called ``name``.

    Raises:
        UsageError: when there is no such dataset.
    """
    known = datasets(settings)
    if name not in known:
        raise UsageError(
            f"Dataset {name!r} is not known.", mend=f"Choose one of: {', '.join(known)}."
        )
    return known[name]


def lake_columns(settings: Settings, name: str) -> dict[str, str]:
    """Return names and DuckDB types of a lake table; ``submission`` is the commit log."""
    if name == "submission":
        return SUBMISSION_COLUMNS
    return dataset(settings, name).lake_columns
