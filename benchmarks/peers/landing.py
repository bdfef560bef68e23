"""Landing files as pandas reads them: typed, people by digest, with what the models ask for."""

import hashlib
from typing import Any

import pandas as pd
from task import File, Task


def read(task: Task, file: File) -> pd.DataFrame:
    """Return the rows of a file under the names of the models; what identifies people is gone."""
    columns = task.columns[file.dataset]
    kinds = {"VARCHAR": str, "DOUBLE": float}
    rows = pd.read_csv(
        file.path,
        dtype={name: kinds[kind] for name, (_, kind, _) in columns.items() if kind in kinds},
        parse_dates=[name for name, (_, kind, _) in columns.items() if kind == "DATE"],
        keep_default_na=False,
        na_values=[""],
    )
    if file.dataset == "pegawai":
        rows = rows.assign(**_ages(rows, pd.Timestamp(task.period) + pd.offsets.MonthEnd(0)))
    for name, (key, _, default) in columns.items():
        if default is not None:
            rows[name] = rows[name].fillna(default)
        if key != name:
            values = rows.pop(name)
            if key is not None:
                rows[key] = values.map({v: _digest(v) for v in values.dropna().unique()})
    return rows.assign(
        submission_id=task.submission_id(file),
        agency_code=file.agency,
        row_number=range(2, len(rows) + 2),
        period=task.period,
    )


def received(task: Task, file: File, rows: pd.DataFrame) -> dict[str, Any]:
    """Return what the commit log says of a file that was read; cells are those that are kept."""
    own = rows[[key for key, *_ in task.columns[file.dataset].values() if key is not None]]
    known: dict[str, Any] = dict.fromkeys(task.submission)
    return known | {
        "submission_id": task.submission_id(file),
        "agency_code": file.agency,
        "dataset": file.dataset,
        "period": task.period,
        "revision": 1,
        "file_sha256": task.submission_id(file),
        "received_at": pd.Timestamp(file.received_at),
        "status": "diterima",
        "rows_read": len(rows),
        "rows_accepted": len(rows),
        "rows_rejected": 0,
        "rows_warned": 0,
        "rows_replayed": 0,
        "cells_total": own.size,
        "cells_filled": int(own.notna().to_numpy().sum()),
    }


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _ages(rows: pd.DataFrame, end: pd.Timestamp) -> dict[str, pd.Series]:
    """Return age band, years of service and months to retirement on the last day of a month."""
    last = pd.Series(end, rows.index)
    five = _months(rows["tanggal_lahir"], last) // 60 * 5
    texts = five.astype("Int64").astype(str)
    band = texts + "-" + (five + 4).astype("Int64").astype(str)
    return {
        "kelompok_usia": band.mask(five < 20, "<20").mask(five >= 65, "65+").where(five.notna()),
        "masa_kerja_tahun": (_months(rows["tmt_cpns"], last) // 12).clip(lower=0),
        "bulan_ke_pensiun": _months(last, rows["tmt_pensiun"]).clip(lower=0),
    }


def _months(since: pd.Series, until: pd.Series) -> pd.Series:
    """Return the whole months between two days, null where one is not known."""
    years, months = until.dt.year - since.dt.year, until.dt.month - since.dt.month
    return years * 12 + months - (until.dt.day < since.dt.day)
