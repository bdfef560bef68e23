"""Admission: agencies' files become typed, pseudonymised rows, or are refused with a reason."""

from asn_warehouse.admission.admit import admit, ingest, refuse_strays
from asn_warehouse.admission.check import check
from asn_warehouse.admission.landing import Chunk, LandedFile
from asn_warehouse.admission.outcomes import IngestSummary, Outcome
from asn_warehouse.admission.planning import plan
from asn_warehouse.admission.replay import Replayed, replay

__all__ = [
    "Chunk",
    "IngestSummary",
    "LandedFile",
    "Outcome",
    "Replayed",
    "admit",
    "check",
    "ingest",
    "plan",
    "refuse_strays",
    "replay",
]
