"""Career events (``riwayat_jabatan``): what happened, and what each agency reports of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from asn_warehouse.simulate.draws import BoolArray, IntArray, days, integers, labels
from asn_warehouse.simulate.population import People
from asn_warehouse.simulate.structure import LEVELS, Structure

KINDS = ("PENGANGKATAN", "PROMOSI", "MUTASI", "ROTASI", "DEMOSI", "PLT", "PLH", "BERHENTI")
APPOINTMENT, PROMOTION, TRANSFER, ROTATION, DEMOTION, ACTING, STANDING_IN, LEAVING = range(8)


@dataclass(frozen=True)
class CareerEvents:
    """Events, one array entry each; −1 stands for none or unknown."""

    person: IntArray
    sender: IntArray
    """The agency that reports it; both agencies report a transfer between them."""
    day: IntArray
    kind: IntArray
    level_before: IntArray
    level_after: IntArray
    unit_before: IntArray
    unit_after: IntArray
    destination: IntArray
    """The agency that a transfer leads to."""

    @classmethod
    def of(
        cls, person: IntArray, sender: IntArray, day: IntArray, kind: int, **more: IntArray
    ) -> "CareerEvents":
        """Return events of one kind; what is not given is unknown."""
        unknown = np.full(len(person), -1)
        rest = {field.name: more.get(field.name, unknown) for field in fields(cls)[4:]}
        return cls(person, sender, day, np.full(len(person), kind), **rest)

    @classmethod
    def join(cls, parts: Sequence["CareerEvents"]) -> "CareerEvents":
        """Return all events of the parts; there must be a part."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def where(self, chosen: BoolArray | IntArray) -> "CareerEvents":
        """Return the chosen events."""
        return CareerEvents(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def once(self) -> "CareerEvents":
        """Return the events without a second one of a person, kind and day; by day."""
        order = np.lexsort((self.kind, self.person, self.day))
        keys = np.c_[self.day, self.person, self.kind][order]
        is_new = np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)] if len(keys) else order > 0
        return self.where(order[is_new])


def career_table(
    events: CareerEvents, people: People, structure: Structure, agency_codes: Sequence[str]
) -> pa.Table:
    """Return ``riwayat_jabatan`` with the given events of one agency."""
    sent = events.once()
    before = structure.position(sent.unit_before, sent.level_before)
    after = structure.position(sent.unit_after, sent.level_after)
    known = np.minimum(sent.unit_before, sent.level_before) >= 0
    leads = np.minimum(sent.unit_after, sent.level_after) >= 0
    return pa.table(
        {
            "nip": integers(people.nip[sent.person]).cast(pa.string()),
            "tmt": days(sent.day),
            "jenis_perubahan": labels(KINDS, sent.kind),
            "kode_jabatan_asal": labels(structure.position_codes, np.where(known, before, -1)),
            "kode_jabatan_tujuan": labels(structure.position_codes, np.where(leads, after, -1)),
            "jenjang_asal": labels(LEVELS, sent.level_before),
            "jenjang_tujuan": labels(LEVELS, sent.level_after),
            "kode_unor_tujuan": labels(structure.codes, sent.unit_after),
            "instansi_tujuan": labels(agency_codes, sent.destination),
        }
    )
