"""Which agencies are compared with one another: the same kind and, where it can be, size."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asn_warehouse import codes
from asn_warehouse.report import formats, marts, rules
from asn_warehouse.report.labels import label
from asn_warehouse.report.source import Month
from asn_warehouse.rules import Rule
from asn_warehouse.settings import Settings

_SIZE, _REPORT, _MINIMUM = "agency_size", "agency_report", "minimum_peers"
_BOUND = re.compile(r"(>=|>|<=|<) (-?[\d.]+)")


@dataclass(frozen=True)
class Peers:
    """The agencies that one is compared with, itself left out, and in words who they are."""

    codes: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Grouping:
    """What decides about peers: kind, tier of government and size class of each agency."""

    kinds: Mapping[str, str]
    tiers: Mapping[str, str]
    sizes: Mapping[str, str]
    minimum: int
    names: Mapping[str, str]

    def kind_name(self, code: str) -> str:
        """Return the kind of an agency in words; empty where it is not known."""
        return self.names.get(self.kinds.get(code, ""), "")

    def size_name(self, code: str) -> str:
        """Return the size class of an agency in words; empty where it is not known."""
        size = self.sizes.get(code)
        return label("agency_size", size) if size else ""

    def of(self, code: str) -> Peers:
        """Return the peers of an agency: the narrowest group that is large enough."""
        kind, size, tier = self.kinds.get(code), self.sizes.get(code), self.tiers.get(code)
        name = self.kind_name(code)
        same = [c for c in self.kinds if c != code and kind and self.kinds[c] == kind]
        sized = [c for c in same if size and self.sizes.get(c) == size]
        if len(sized) >= self.minimum:
            return self._peers(sized, f"{name} berukuran {self.size_name(code).lower()}")
        if len(same) >= self.minimum:
            return self._peers(same, f"{name} dari semua ukuran")
        near = [c for c in self.kinds if c != code and tier and self.tiers.get(c) == tier]
        if len(near) >= self.minimum:
            return self._peers(near, label("agency_tier", tier))
        return Peers((), label("agency_report", "no_peers"))

    def _peers(self, found: Iterable[str], words: str) -> Peers:
        listed = tuple(sorted(found))
        count = formats.number(len(listed), "integer")
        return Peers(listed, f"{count} instansi lain: {words}")


def grouping(
    settings: Settings, month: Month, in_force: Iterable[Rule], kinds: Mapping[str, str]
) -> Grouping:
    """Return how agencies are grouped in ``month``.

    Size classes and the least number of peers are rules published with it. A publication from
    before these rules compares by kind alone, and any number of peers will do.
    """
    known = tuple(in_force)
    bands = {rule.item: rule.value for rule in known if rule.rule_set == _SIZE}
    tier_of = codes.code_attribute(settings, "agency_type", "government_tier")
    sizes = {}
    for row in month.rows(marts.POSITION_FIT).where(position_level=None).rows:
        code, people = row.values.get("agency_code"), row.values.get("people")
        size = next((s for s, band in bands.items() if _within(people, band)), None)
        if code is not None and size is not None:
            sizes[code] = size
    return Grouping(
        kinds=dict(sorted(kinds.items())),
        tiers={code: tier_of[kind] for code, kind in kinds.items() if kind in tier_of},
        sizes=sizes,
        minimum=int(rules.parameter(known, _REPORT, _MINIMUM) or 1),
        names=codes.code_labels(settings, "agency_type"),
    )


def _within(people: int | None, band: str) -> bool:
    """Return whether a count of people lies in a band as ``dim_rule`` writes it."""
    if people is None:
        return False
    compare = {
        ">=": lambda bound: people >= bound,
        ">": lambda bound: people > bound,
        "<=": lambda bound: people <= bound,
        "<": lambda bound: people < bound,
    }
    return all(compare[sign](float(bound)) for sign, bound in _BOUND.findall(band))
