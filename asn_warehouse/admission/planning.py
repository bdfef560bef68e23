"""Which landed files are to be admitted, and in which order."""

from collections import defaultdict
from typing import Any

from asn_warehouse.admission.commits import SubmissionKey, answered_unread, read_log, repeated
from asn_warehouse.admission.landing import (
    PATH_RULES,
    Chunk,
    LandedFile,
    chunks,
    content_sha256,
    scan,
)
from asn_warehouse.admission.places import is_remote
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


def plan(
    settings: Settings,
    period: Period,
    dataset_names: list[str] | None = None,
    agencies: list[str] | None = None,
) -> list[Chunk]:
    """Return the landed files of ``period`` that are to be admitted, in at most 64 chunks.

    A file that has its answer is left out: its bytes are the last revision for its dataset, or
    were overtaken by another file (a workbook beside a CSV), and it has not been sent once more.
    Files whose path is wrong belong to every plan, whatever datasets are asked for.
    """
    return chunks_of(settings, scan(settings, period), dataset_names, agencies)


def chunks_of(
    settings: Settings,
    landed: list[LandedFile],
    dataset_names: list[str] | None = None,
    agencies: list[str] | None = None,
) -> list[Chunk]:
    """Return the plan for the files ``landed`` for one period."""
    answered = read_log(settings, landed[0].period) if landed else {}
    fresh = [
        file
        for file in landed
        if (not dataset_names or file.dataset in dataset_names or file.refusal is not None)
        and (not agencies or file.agency_code in agencies)
        and not _is_answered(file, answered.get((file.agency_code, file.dataset), []))
    ]
    return chunks(fresh, settings.chunk_limit)


def _is_answered(file: LandedFile, rows: list[dict[str, Any]]) -> bool:
    """Return whether ``file`` would get the answer that it had; refused and sent again it may not.

    A path that was refused may be right by now: the agency may have come into force.
    """
    if not rows:
        return False
    if is_remote(file.path):
        same = answered_unread(file, rows)
    else:
        same = repeated(file, content_sha256(file), rows)
    if same is None or same["refusal_rule"] == "file.changing":
        return False
    if same["status"] != "ditolak":
        return True
    refused_path = same["refusal_rule"] if same["refusal_rule"] in PATH_RULES else None
    return bool(file.received_at <= same["received_at"] and file.refusal == refused_path)


def rounds(files: tuple[LandedFile, ...]) -> list[list[LandedFile]]:
    """Split files so that no round has two for the same agency and dataset."""
    found: list[list[LandedFile]] = []
    seen: dict[SubmissionKey, int] = defaultdict(int)
    for file in sorted(files, key=lambda f: (f.received_at, f.path)):
        number = seen[file.agency_code, file.dataset]
        seen[file.agency_code, file.dataset] += 1
        if number == len(found):
            found.append([])
        found[number].append(file)
    return found
