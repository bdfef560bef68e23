"""The two data dictionaries: of the tables of the package, and of what agencies submit.

Their columns are the parts of a *standar data* of Satu Data Indonesia (Perpres 39/2019): concept,
definition, classification, measure and unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asn_warehouse import contracts
from asn_warehouse.contracts import Column, Dataset
from asn_warehouse.report.package.resource import Field, Resource, as_csv
from asn_warehouse.report.package.tables import OpenTable
from asn_warehouse.settings import Settings

_TABLES = (
    ("dataset", "Nama tabel", "Name of the table"),
    ("judul", "Judul tabel", "Title of the table"),
    ("kolom", "Nama kolom", "Name of the column"),
    ("konsep", "Konsep", "Concept"),
    ("konsep_en", "Konsep (Inggris)", "Concept in English"),
    ("definisi_en", "Definisi atau rumus (Inggris)", "Definition or formula in English"),
    ("klasifikasi", "Klasifikasi: berkas kode referensi", "Classification: file of codes"),
    ("ukuran", "Ukuran", "Measure"),
    ("satuan", "Satuan", "Unit"),
    ("tipe", "Tipe data", "Type"),
    ("kunci", "Bagian dari kunci baris", "Part of the key of a row"),
    ("aturan", "Aturan: rule_set pada dim_rule", "Rules: rule_set in dim_rule"),
    ("dasar_hukum", "Dasar aturan yang berlaku", "Source of the rules in force"),
)
_SUBMISSIONS = (
    ("dataset", "Nama data kiriman", "Name of the dataset"),
    ("judul", "Judul data kiriman", "Title of the dataset"),
    ("satu_baris", "Arti satu baris", "What a row is"),
    ("kolom", "Nama kolom", "Name of the column"),
    ("konsep", "Konsep", "Concept"),
    ("definisi", "Definisi", "Definition"),
    ("klasifikasi", "Klasifikasi: kode yang boleh diisi", "Classification: codes allowed"),
    ("tipe", "Tipe data", "Type"),
    ("wajib", "Wajib diisi", "Required"),
    ("kunci", "Bagian dari kunci baris", "Part of the key of a row"),
    ("paling_kecil", "Nilai paling kecil", "Least value"),
    ("paling_besar", "Nilai paling besar", "Greatest value"),
    ("pola", "Pola isian", "Pattern"),
    ("identitas", "Identitas orang, tidak pernah terbit", "Identity, never published"),
)
_TYPES = {"integer": "bilangan bulat", "number": "bilangan", "date": "tanggal", "code": "kode"}


def of_tables(tables: Sequence[OpenTable], lists: Mapping[str, Resource]) -> Resource:
    """Return ``kamus-data.csv``: every column of every table of the package."""
    sources = _sources(tables)
    rows = [
        (
            table.name,
            table.title,
            field.name,
            field.title,
            field.title_en,
            field.description,
            lists[field.codes].path if field.codes else "",
            field.measure,
            field.unit,
            field.type,
            field.name in table.grain,
            ";".join(field.rule_sets),
            "; ".join(sorted({s for rule in field.rule_sets for s in _named(sources, rule)})),
        )
        for table in tables
        for field in table.fields
    ]
    return _resource(
        "kamus-data", ("Kamus data", "Data dictionary"), _TABLES, rows, ("dataset", "kolom")
    )


def _sources(tables: Iterable[OpenTable]) -> list[tuple[str, str]]:
    """Return rule set and item, with the source, of every rule in force in the month."""
    found = next((table.data for table in tables if table.name == "dim_rule"), None)
    if found is None:
        return []
    return [
        (f"{row['rule_set']}.{row['item']}", row["source"])
        for row in found.select(["rule_set", "item", "source", "is_in_force"]).to_pylist()
        if row["is_in_force"]
    ]


def _named(sources: Iterable[tuple[str, str]], entry: str) -> set[str]:
    return {source for rule, source in sources if f"{rule}.".startswith(f"{entry}.")}


def of_submissions(settings: Settings) -> Resource:
    """Return ``kamus-kiriman.csv``: every column of the datasets, as their contracts have it."""
    rows = [
        _submitted(dataset, column)
        for dataset in contracts.datasets(settings).values()
        for column in dataset.columns
    ]
    titles = ("Kamus data kiriman instansi", "Dictionary of what agencies submit")
    return _resource("kamus-kiriman", titles, _SUBMISSIONS, rows, ("dataset", "kolom"))


def _submitted(dataset: Dataset, column: Column) -> tuple[Any, ...]:
    return (
        dataset.name,
        dataset.label,
        dataset.grain,
        column.name,
        column.label,
        column.description,
        ";".join(column.codes),
        _TYPES.get(column.kind, "teks"),
        column.required,
        column.is_key,
        column.minimum if column.minimum is not None else column.exclusive_minimum,
        column.maximum,
        column.pattern,
        column.is_identity,
    )


def _resource(
    name: str,
    titles: tuple[str, str],
    columns: Sequence[tuple[str, str, str]],
    rows: Sequence[Sequence[Any]],
    key: tuple[str, ...],
) -> Resource:
    booleans = {i for row in rows[:1] for i, value in enumerate(row) if isinstance(value, bool)}
    fields = tuple(
        Field(name, "boolean" if i in booleans else "string", title, title_en, measure="teks")
        for i, (name, title, title_en) in enumerate(columns)
    )
    csv = as_csv([field.name for field in fields], rows)
    return Resource(name, f"{name}.csv", *titles, f"{titles[0]}. {titles[1]}.", fields, key, csv)
