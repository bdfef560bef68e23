"""What counts of the lake for a month, read from Parquet and the commit log alone.

Nothing here is shared with the dbt models: neither SQL nor macros nor tables of a build, so that a
wrong join, bound or order in them shows as a difference. Code lists are read from the seeds, as
names and groups; numbers of rules are written again beside the formulas that use them.
"""

from functools import cache
from pathlib import Path
from typing import cast

import duckdb
import pandas as pd

from recompute.frames import first

PROJECT = Path(__file__).resolve().parents[2]
SNAPSHOTS = {"pegawai", "jabatan", "standar_kompetensi", "kompetensi", "rencana_pengembangan"}
CARRIED_MONTHS = 2


@cache
def codes(name: str) -> pd.DataFrame:
    """Return a code list of the project, all columns as text."""
    folder = PROJECT / "dbt_project" / "seeds" / "codes"
    return pd.read_csv(folder / f"code_{name}.csv", dtype=str)


def named(name: str, column: str) -> dict[str, str]:
    """Return one column of a code list by code."""
    return dict(zip(codes(name)["code"], codes(name)[column], strict=True))


class Lake:
    """The lake of a home as the build of a month saw it, and the tables of that build."""

    def __init__(self, home: Path, database: Path, period: str, as_of: object) -> None:
        """Look at the lake below ``home`` as the build of ``period`` (YYYY-MM) saw it."""
        self.home, self.period, self.database = home, period, database
        self.first = pd.Timestamp(f"{period}-01")
        self.last = self.first + pd.offsets.MonthEnd(0)
        self.year = self.first.year
        log = self.read("submission")
        known = (log["period"] <= period) & (log["received_at"] <= pd.Timestamp(str(as_of)))
        self.log = log[known]
        """Every submission known, refused ones too."""
        admitted = self.log[self.log["status"] != "ditolak"]
        self.counting = first(
            admitted,
            ["dataset", "agency_code", "period"],
            revision=False, received_at=False, submission_id=False,
        )  # fmt: skip
        """The last admitted revision of each dataset, agency and month."""
        self._rows: dict[str, pd.DataFrame] = {}
        self._marts: dict[str, tuple[pd.DataFrame, dict[str, str]]] = {}

    def read(self, dataset: str) -> pd.DataFrame:
        """Return every row of a dataset, with the month of its partition."""
        files = sorted((self.home / "lake" / dataset).glob("period=*/*.parquet"))
        assert files, dataset
        frames = [
            pd.read_parquet(file, partitioning=None).assign(
                period=file.parent.name.removeprefix("period=")
            )
            for file in files
        ]
        frame = pd.concat([f.dropna(axis=1, how="all") for f in frames], ignore_index=True)
        for name in frames[0].columns.difference(frame.columns):
            frame[name] = None
        for name in frame.columns[frame.columns.str.match(r"tmt|tanggal|berlaku|received")]:
            frame[name] = pd.to_datetime(frame[name])
        return frame

    def rows(self, dataset: str) -> pd.DataFrame:
        """Return the counting rows of a dataset; of a snapshot the newest, two months old at most.

        ``month`` is the first day of the month sent for; ``is_carried_forward`` whether that is
        not the month of the report.
        """
        if dataset not in self._rows:
            log = self.counting[self.counting["dataset"] == dataset]
            if dataset in SNAPSHOTS:
                log = first(log, ["agency_code"], period=False)
                log = log[log["period"].map(self.months_ago) <= CARRIED_MONTHS]
            found = self.read(dataset).merge(log[["submission_id", "period"]])
            self._rows[dataset] = found.assign(
                month=pd.to_datetime(found["period"] + "-01"),
                is_carried_forward=(found["period"] != self.period) & (dataset in SNAPSHOTS),
            )
        return self._rows[dataset]

    def months_ago(self, month: str) -> int:
        """Return how many months a month (YYYY-MM) lies before the report's."""
        year, number = (int(part) for part in month.split("-"))
        return (self.year - year) * 12 + self.first.month - number

    def events(self, dataset: str, keys: list[str], day: str | None = None) -> pd.DataFrame:
        """Return events up to the last day of the month; of each key the one sent last.

        Of two that were sent for one month the first agency and the first row count.
        """
        rows = self.rows(dataset)
        if day is not None:
            rows = rows[rows[day] <= self.last]
        return first(rows, keys, period=False, agency_code=True, row_number=True)

    def senders(self, dataset: str, since: str = "", to: str = "9999") -> set[str]:
        """Return the agencies with a counting submission of a dataset for any of the months."""
        log = self.counting[self.counting["dataset"] == dataset]
        return set(log.loc[log["period"].between(since, to), "agency_code"])

    def month(self, ago: int) -> str:
        """Return the month that lies so many months before the report's."""
        return str(pd.Period(self.period, "M") - ago)

    def mart(self, name: str) -> tuple[pd.DataFrame, dict[str, str]]:
        """Return a public table of the build and the types of its columns."""
        if name not in self._marts:
            self._marts[name] = self._read_mart(name)
        return self._marts[name]

    def _read_mart(self, name: str) -> tuple[pd.DataFrame, dict[str, str]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set threads = 2")
            columns = connection.execute(f"describe marts.{name}").fetchall()
            frame = connection.execute(f"select * from marts.{name}").df()
        return frame, {column: kind for column, kind, *_ in columns}

    def reference(self, name: str) -> pd.DataFrame:
        """Return a reference file, all columns as text."""
        return pd.read_csv(self.home / "reference" / f"{name}.csv", dtype=str)

    def agencies(self) -> dict[str, str]:
        """Return the names of the agencies in force on the last day."""
        found = self.reference("instansi")
        since, until = (pd.to_datetime(found[f"berlaku_{end}"]) for end in ("mulai", "sampai"))
        found = found[(since <= self.last) & (until.isna() | (until >= self.last))]
        found = first(found, ["kode_instansi"], berlaku_mulai=False, nama_instansi=True)
        return cast(
            "dict[str, str]", dict(zip(found["kode_instansi"], found["nama_instansi"], strict=True))
        )
