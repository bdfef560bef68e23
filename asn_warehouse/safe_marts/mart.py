"""What a rule says of one mart, and the keys by which marts count the same people."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asn_warehouse.count_tables import TableRule

PLACE = ("agency_code", "position_level", "employment_status", "job_family")
"""Where people are counted: rows of two marts with these keys alike speak of the same people."""
REQUIRED = ("agency_code", "family", "competency_code", "position_level", "job_family")
"""Where what positions require is counted."""
NEEDED = ("agency_code", "competency_code", "position_level")
"""Where people with a gap are counted."""
RUN = ("program_run", "form_group")
"""Where those who took part in a whole run of a programme are counted."""
PEOPLE = {"people": ("people", PLACE)}


@dataclass(frozen=True)
class Mart:
    """A mart: its protection, and its columns that say nothing about few people.

    ``rests`` names counts that no mart has and everybody can subtract: the rest, its whole and the
    parts beside it. They are protected like any other and never published. Columns in
    ``national_only`` are read for a sum over all agencies and stand in no protected table.
    Columns in ``rows_of_people`` tell how many rows a submission has; they are hidden where few
    rows of a sensitive dataset would be few people.
    """

    name: str
    rule: TableRule
    plain: tuple[str, ...] = ()
    national_only: tuple[str, ...] = ()
    rows_of_people: tuple[str, ...] = ()
    rests: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    helpers: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that may leave the warehouse."""
        rule = self.rule
        named = {"period", "is_total", *rule.keys, *rule.counts, *rule.statistics, *self.plain}
        return frozenset(named - set(self.helpers))

    @property
    def protection(self) -> TableRule:
        """The rule with the rests as counts, and the sums in which they stand."""
        identities, subtotals = dict(self.rule.identities), dict(self.rule.subtotals)
        for rest, (whole, parts) in self.rests.items():
            sums = subtotals if whole in identities else identities
            if whole in sums:
                raise ValueError(f"{self.name}: a third sum of {whole}.")
            sums[whole] = (*parts, rest)
        counts = (*self.rule.counts, *self.rests)
        return replace(self.rule, counts=counts, identities=identities, subtotals=subtotals)


def resting_on(bases: tuple[str, ...], *names: str) -> dict[str, tuple[str, ...]]:
    """Return statistics that all rest on the same counts, the number of cases first."""
    return dict.fromkeys(names, bases)
