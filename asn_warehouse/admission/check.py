"""The same answer as admission, before sending: nothing is stored."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from pydantic import SecretStr

from asn_warehouse import vault
from asn_warehouse.admission.admit import judge, open_files
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.landing import FORMATS, LandedFile, describe
from asn_warehouse.admission.outcomes import Outcome, refused_outcome
from asn_warehouse.admission.places import HIDDEN
from asn_warehouse.contracts import dataset, datasets, fold
from asn_warehouse.errors import SubmissionRefused, UsageError
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, calendar_periods, reference_path
from asn_warehouse.settings import Settings

ANSWERS = (".ditolak.", ".receipt.")
"""What our own answers have in their names: they are not sent."""


@dataclass(frozen=True)
class Sending:
    """A file that would be sent: as which dataset, by which agency, for which month.

    ``dataset`` may be no dataset's name where a file of a folder has such a name.
    """

    path: Path
    dataset: str
    agency_code: str
    period: Period

    @property
    def name_to_send(self) -> str | None:
        """The name that admission expects, where the file has another."""
        name = f"{self.dataset}{_ending(self.path)}"
        return None if self.path.name.lower() == name else name


def sendings(
    settings: Settings,
    path: Path,
    dataset_name: str | None = None,
    agency_code: str | None = None,
    period: Period | None = None,
) -> list[Sending]:
    """Return the files at ``path`` and what they would be sent as.

    What is not given follows from names: the dataset from the file's, agency and month from the
    folders ``<month>/<agency>/`` of the landing place. In a folder a name must be exact.

    Raises:
        UsageError: when that tells too little, or names what does not exist.
    """
    if dataset_name is not None and dataset_name not in datasets(settings):
        raise UsageError(f"Data {dataset_name!r} tidak dikenal.", mend=_choices(settings))
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _may_be_sent(file, path))
        found = [_sending(settings, file, _stem(file), agency_code, period) for file in files]
        found = [one for one in found if dataset_name in (None, one.dataset)]
        if not found:
            raise UsageError(
                f"Tidak ada berkas untuk diperiksa di folder {path}.",
                mend="Nama berkas sama dengan nama data, misalnya pegawai.xlsx.",
            )
        return found
    if not path.is_file():
        raise UsageError(
            f"{path} bukan berkas dan bukan folder.",
            mend="Sebutkan berkas atau folder yang akan diperiksa.",
        )
    name = dataset_name or guess(settings, path)
    if name is None:
        raise UsageError(
            f"Nama berkas {path.name} tidak menunjukkan data apa isinya.",
            mend=f"Tambahkan --dataset. {_choices(settings)}",
        )
    return [_sending(settings, path, name, agency_code, period)]


def guess(settings: Settings, path: Path) -> str | None:
    """Return the one dataset that a file's name holds, ``Pegawai Okt (2).xlsx`` for example."""
    name = fold(_stem(path))
    inside = [fold(known) for known in datasets(settings) if fold(known) in name]
    longest = max(inside, key=len, default="")
    if not inside or any(other not in longest for other in inside):
        return None
    return next(known for known in datasets(settings) if fold(known) == longest)


def check(
    settings: Settings, path: Path, dataset_name: str, agency_code: str, period: Period
) -> Outcome:
    """Judge one file as admission would today, and return what it would answer.

    Raises:
        UsageError: when the file, the dataset or the agency does not exist.
    """
    (sending,) = sendings(settings, path, dataset_name, agency_code, period)
    return check_sending(settings, sending)


def check_sending(settings: Settings, sending: Sending) -> Outcome:
    """Judge one file as admission would today, and return what it would answer.

    Where the operator's reference files are at hand, agency and month are checked against them.
    Copies that a conversion needs lie in a private temporary folder and are gone when this returns.
    """
    file = _landed(settings, sending)
    with TemporaryDirectory(prefix="asn-check-") as folder:
        private = settings.model_copy(
            update={"home": Path(folder), "pseudonym_key": SecretStr("x" * vault.KEY_BYTES)}
        )
        with vault.scratch(private) as scratch, vault.private_engine(private) as engine:
            readables, refused = open_files(private, [file], scratch)
            if refused:
                return refused[0]
            wanted = dataset(settings, sending.dataset)
            try:
                (outcome,) = judge(engine, private, wanted, sending.period, readables, _keep)
            except duckdb.Error:
                refusal = SubmissionRefused("file.unreadable", value=readables[0].format)
                return refused_outcome(file, refusal)
    return outcome


def _landed(settings: Settings, sending: Sending) -> LandedFile:
    """Return the file as it would lie in the landing place, received now."""
    month, in_force = str(sending.period), {sending.agency_code: ""}
    if reference_path(settings, "instansi").is_file():
        in_force = agencies_in_force(settings, sending.period)
    file = describe(settings, sending.path, sending.agency_code, in_force, month, sending.dataset)
    file = replace(file, received_at=datetime.now(tz=UTC).replace(tzinfo=None, microsecond=0))
    if not _in_calendar(settings, sending.period):
        return replace(file, refusal="file.unknown_period", places={"value": month})
    return file


def _sending(
    settings: Settings, path: Path, name: str, agency_code: str | None, period: Period | None
) -> Sending:
    """Return ``path`` as a sending; options that name what does not exist are a wrong use."""
    place = path.absolute().parent
    month = _month(place.parent.name)
    where = period or month
    if where is None or (agency_code is None and month is None):
        lacking = " dan ".join(
            option
            for option, value in (("--agency", agency_code or month), ("--period", where))
            if value is None
        )
        raise UsageError(
            f"Instansi atau bulan laporan tidak diketahui dari letak berkas {path.name}.",
            mend=f"Tambahkan {lacking}, misalnya --agency 4011 --period 2026-10.",
        )
    if period is not None and not _in_calendar(settings, period):
        raise UsageError(
            f"Bulan laporan {period} tidak ada dalam kalender.",
            mend=f"Bulan yang berlaku ada pada {reference_path(settings, 'kalender')}.",
        )
    known = reference_path(settings, "instansi").is_file()
    if agency_code is not None and known and agency_code not in agencies_in_force(settings, where):
        raise UsageError(
            f"Kode instansi {agency_code!r} tidak berlaku pada {where}.",
            mend=f"Kode yang berlaku ada pada {reference_path(settings, 'instansi')}.",
        )
    return Sending(path, name, agency_code or place.name, where)


def _may_be_sent(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    is_visible = not any(part.startswith(HIDDEN) for part in parts)
    return is_visible and file.is_file() and not any(mark in file.name for mark in ANSWERS)


def _in_calendar(settings: Settings, period: Period) -> bool:
    is_known = reference_path(settings, "kalender").is_file()
    return not is_known or str(period) in calendar_periods(settings)


def _month(name: str) -> Period | None:
    try:
        return Period.parse(name)
    except UsageError:
        return None


def _ending(path: Path) -> str:
    lower = path.name.lower()
    return max((end for end in FORMATS if lower.endswith(end)), key=len, default=path.suffix)


def _stem(path: Path) -> str:
    return path.name.lower().removesuffix(_ending(path).lower())


def _choices(settings: Settings) -> str:
    return f"Pilih salah satu: {', '.join(datasets(settings))}."


def _keep(_: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    return outcomes
