"""The same answer as admission, before sending: nothing is stored."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from asn_warehouse import vault
from asn_warehouse.admission.admit import judge
from asn_warehouse.admission.batch import Batch
from asn_warehouse.admission.landing import describe
from asn_warehouse.admission.outcomes import Outcome, refused_outcome
from asn_warehouse.admission.readers import open_file
from asn_warehouse.contracts import dataset
from asn_warehouse.errors import SubmissionRefused, UsageError
from asn_warehouse.periods import Period
from asn_warehouse.reference import agencies_in_force, reference_path
from asn_warehouse.settings import Settings


def check(
    settings: Settings, path: Path, dataset_name: str, agency_code: str, period: Period
) -> Outcome:
    """Judge one file as admission would today, and return what it would answer.

    Where the operator's list of agencies is at hand the agency code is checked against it. Copies
    that a conversion needs lie in a private temporary folder and are gone when this returns.

    Raises:
        UsageError: when the file, the dataset or the agency does not exist.
    """
    if not path.is_file():
        raise UsageError(f"{path} is not a file.", mend="Give the file to be checked.")
    wanted = dataset(settings, dataset_name)
    in_force = {agency_code: ""}
    if reference_path(settings, "instansi").is_file():
        in_force = agencies_in_force(settings, period)
        if agency_code not in in_force:
            raise UsageError(
                f"Agency {agency_code!r} is not in force in {period}.",
                mend=f"Codes stand in {reference_path(settings, 'instansi')}.",
            )
    received = datetime.now(tz=UTC).replace(tzinfo=None, microsecond=0)
    file = describe(settings, path, agency_code, in_force, str(period), dataset_name)
    file = replace(file, received_at=received)
    with TemporaryDirectory(prefix="asn-check-") as folder:
        private = settings.model_copy(
            update={"home": Path(folder), "pseudonym_key": SecretStr("x" * vault.KEY_BYTES)}
        )
        try:
            if file.refusal is not None:
                raise SubmissionRefused(file.refusal, **(file.places or {}))
            with vault.scratch(private) as scratch, vault.private_engine(private) as engine:
                readable = open_file(private, file, wanted, scratch)
                (outcome,) = judge(engine, private, wanted, period, [readable], _keep)
        except SubmissionRefused as refusal:
            return refused_outcome(file, refusal)
    return outcome


def _keep(_: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    return outcomes
