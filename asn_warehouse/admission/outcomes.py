"""What became of a file, and of an ingest."""

from dataclasses import dataclass
from typing import Literal

from asn_warehouse.admission.landing import LandedFile, content_sha256
from asn_warehouse.admission.verdicts import Reason, Rejected, Verdict
from asn_warehouse.errors import SubmissionRefused

Status = Literal["diterima", "diterima_sebagian", "ditolak"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file; ``is_known`` where the same bytes were admitted before.

    ``counted_before`` is revision and id of the submission that counted until now, if any.
    A replay is a revision that also takes over the accepted rows of the submission ``takes_over``;
    ``rows_replayed`` are those of its accepted rows that were rejected there.
    """

    file: LandedFile
    status: Status
    refusal_rule: str | None
    refusal_value: str
    rows_read: int
    rows_rejected: int
    rows_warned: int
    cells_filled: int
    reasons: tuple[Reason, ...]
    rejected: tuple[Rejected, ...]
    header: tuple[str, ...]
    positions: tuple[tuple[str, int], ...]
    ignored: tuple[str, ...]
    sha256: str
    format: str
    revision: int = 0
    submission_id: str = ""
    is_known: bool = False
    counted_before: tuple[int, str] | None = None
    takes_over: str | None = None
    rows_replayed: int = 0

    @property
    def rows_accepted(self) -> int:
        """Rows that went into the lake."""
        return self.rows_read - self.rows_rejected


@dataclass(frozen=True)
class IngestSummary:
    """What an ingest did, file by file."""

    period: str
    outcomes: tuple[Outcome, ...]

    @property
    def files(self) -> int:
        """Files looked at."""
        return len(self.outcomes)

    @property
    def refused(self) -> int:
        """Files refused whole."""
        return sum(o.status == "ditolak" for o in self.outcomes)

    @property
    def known(self) -> int:
        """Files that had been admitted before, byte for byte."""
        return sum(o.is_known for o in self.outcomes)

    @property
    def rows_read(self) -> int:
        """Rows read."""
        return sum(o.rows_read for o in self.outcomes)

    @property
    def rows_accepted(self) -> int:
        """Rows accepted."""
        return sum(o.rows_accepted for o in self.outcomes)

    @property
    def rows_rejected(self) -> int:
        """Rows rejected."""
        return sum(o.rows_rejected for o in self.outcomes)


def refused_outcome(file: LandedFile, refusal: SubmissionRefused) -> Outcome:
    """Return the outcome of a file of which nothing is stored.

    Bytes that were changing have no digest: whatever they become is judged again.
    """
    value = str(refusal.places.get("value", ""))
    digest = "" if refusal.rule == "file.changing" else content_sha256(file)
    kind = file.suffix.lstrip(".")
    return Outcome(
        file, "ditolak", refusal.rule, value, 0, 0, 0, 0, (), (), (), (), (), digest, kind
    )


def judged_outcome(verdict: Verdict) -> Outcome:
    """Return the outcome of a file whose rows were judged."""
    readable = verdict.readable
    refusal = None
    if verdict.rows_read == 0:
        refusal = "file.no_rows"
    elif verdict.rows_accepted == 0:
        refusal = "file.all_rejected"
    status: Status = "diterima_sebagian" if verdict.rows_rejected else "diterima"
    return Outcome(
        file=readable.file,
        status="ditolak" if refusal else status,
        refusal_rule=refusal,
        refusal_value="",
        rows_read=verdict.rows_read,
        rows_rejected=verdict.rows_rejected,
        rows_warned=verdict.rows_warned,
        cells_filled=verdict.cells_filled,
        reasons=verdict.reasons,
        rejected=verdict.rejected,
        header=readable.titles,
        positions=readable.header.positions,
        ignored=readable.header.ignored,
        sha256=readable.sha256,
        format=readable.format,
    )
