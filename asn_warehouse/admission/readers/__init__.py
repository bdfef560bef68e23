"""From a landed file to rows of text: what kind of file it is, and where its rows begin.

A CSV that is sound is left for DuckDB to read together with others of the same layout. Whatever
cannot be read so (workbooks, CSVs with broken rows) becomes an Arrow table of text.
"""

from pathlib import Path

from asn_warehouse.admission.landing import LandedFile, file_sha256
from asn_warehouse.admission.readers.base import CsvLayout, Readable
from asn_warehouse.admission.readers.csv_files import open_csv
from asn_warehouse.admission.readers.csv_rows import read_repaired
from asn_warehouse.admission.readers.json_files import open_json
from asn_warehouse.admission.readers.parquet_files import open_parquet
from asn_warehouse.admission.readers.workbooks import open_workbook
from asn_warehouse.contracts import Dataset
from asn_warehouse.errors import SubmissionRefused
from asn_warehouse.settings import Settings

__all__ = ["CsvLayout", "Readable", "open_file", "read_repaired"]


def open_file(settings: Settings, file: LandedFile, dataset: Dataset, scratch: Path) -> Readable:
    """Return ``file`` ready to be read; converted copies go to ``scratch``.

    Raises:
        SubmissionRefused: when the file cannot be read or breaks the header rules.
    """
    if file.size == 0:
        raise SubmissionRefused("file.empty")
    sha256 = file_sha256(Path(file.path))
    if file.suffix == ".xlsx":
        return open_workbook(settings, file, dataset, sha256)
    if file.suffix in (".json", ".jsonl"):
        return open_json(settings, file, dataset, sha256, scratch)
    if file.suffix == ".parquet":
        return open_parquet(settings, file, dataset, sha256)
    return open_csv(settings, file, dataset, sha256, scratch)
