"""A month of exact marts in, the same rows with what must be hidden named out."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn_warehouse.disclosure import Status
from asn_warehouse.report.protection import (
    Neighbour,
    ProtectedRow,
    TableRule,
    groups,
    hidden_names,
    protect_together,
)
from asn_warehouse.safe_marts import (
    MARTS,
    SENSITIVE,
    SEVERITIES,
    SUBMISSION_SCORECARD,
    SYSTEMS,
    Mart,
)
from asn_warehouse.safe_marts.fineness import Level, kept, missing, too_fine

Record = dict[str, Any]
Month = Mapping[str, Sequence[Record]]
"""Rows of each mart by its name, in a fixed order."""
Protected = dict[str, dict[int, ProtectedRow]]
"""Rows of each mart by their places in the month; what is left out has none."""
Origin = tuple[str, int]
"""A mart, and the place of a row in it."""
LeftOut = Mapping[str, set[Level]]
_RUN = ("program_agency_code", "program_code", "run")


@dataclass(frozen=True)
class Stack:
    """Rows of marts that are one table, and where in the month each of them stands."""

    rule: TableRule
    marts: Sequence[Mart]
    rows: Sequence[Record]
    origins: Sequence[Origin]

    @property
    def table(self) -> tuple[Sequence[Record], TableRule]:
        """The rows with their rule."""
        return self.rows, self.rule


@dataclass(frozen=True)
class Beside:
    """What readers have beside a month.

    ``near`` are served: the months before and after, and what this version replaces. From these
    nobody can subtract, even who knows which hidden counts stayed the same. ``older`` were served
    once; of these nobody can use what was shown.
    """

    near: Sequence[Neighbour] = ()
    older: Sequence[Neighbour] = ()


def protect_month(month: Month, threshold: int) -> dict[str, list[ProtectedRow]]:
    """Return the rows of every mart that has a rule, in their order, protected all together.

    Rows of levels that are too fine are gone. Statuses are those of the columns that a rule
    protects; all other columns of the rule are plain, and columns without one are gone.
    """
    found = protect_schemas(month, {"": threshold})[""]
    return {name: list(rows.values()) for name, rows in found.items()}


def protect_schemas(
    month: Month,
    thresholds: Mapping[str, int],
    beside: Mapping[str, Beside] | None = None,
) -> dict[str, Protected]:
    """Return the month as each schema shows it, those that hide less first.

    What one hides the next hides as well, so that all of them together say no more than the first.

    Args:
        month: its exact marts.
        thresholds: below which count each schema hides.
        beside: what readers of each schema have already.

    Raises:
        NotProtected: when hidden counts can be bounded whatever is hidden.
    """
    helped = _with_helpers(month)
    found: dict[str, Protected] = {}
    before: Protected = {}
    hidden: dict[Origin, Collection[str]] = {}
    for schema, threshold in thresholds.items():
        few = _few_people(month, threshold)
        stacks = _stacks(helped, too_fine(month, threshold))
        known = (beside or {}).get(schema, Beside())
        guarded = protect_together(
            [stack.table for stack in stacks],
            threshold,
            given=[*known.near, *map(as_shown, known.older)],
            hidden=[[hidden.get(origin, ()) for origin in stack.origins] for stack in stacks],
        )
        hidden = {
            origin: names
            for stack, hides in zip(stacks, hidden_names(guarded), strict=True)
            for origin, names in zip(stack.origins, hides, strict=True)
        }
        before = {
            mart.name: {
                place: _as_hidden(_published(mart, row, few), before.get(mart.name, {}).get(place))
                for place, row in rows
            }
            for mart, rows in _by_mart(stacks, guarded)
        }
        found[schema] = before
    return found


def neighbour(exact: Month, shown: Month) -> Neighbour:
    """Return a month as its readers know it: ``shown`` has its rows with hidden values null.

    Rests and helpers stand in no published table; whoever knows all that they follow from knows
    them too, so they are made from what is shown and hidden where that cannot be done.
    """
    stacks = _stacks(_with_helpers(exact), missing(exact, shown))
    seen = _stacks(_with_helpers(shown, absent=None), {})
    return Neighbour(
        [stack.table for stack in stacks],
        [
            [_unseen(row, other, one.rule) for row, other in zip(one.rows, two.rows, strict=True)]
            for one, two in zip(stacks, seen, strict=True)
        ],
    )


def as_shown(neighbour: Neighbour) -> Neighbour:
    """Return what is known of ``neighbour`` to who cannot tell which hidden counts are the same."""
    return Neighbour(
        [
            ([{**row, **dict.fromkeys(names)} for row, names in zip(rows, hidden, strict=True)], r)
            for (rows, r), hidden in zip(neighbour.tables, neighbour.suppressed, strict=True)
        ],
        [[()] * len(rows) for rows, _ in neighbour.tables],
    )


def _unseen(exact: Record, shown: Record, rule: TableRule) -> list[str]:
    return [n for n in rule.counts if exact[n] is not None and shown[n] is None]


def _as_hidden(row: ProtectedRow, other: ProtectedRow | None) -> ProtectedRow:
    """Return the row with all hidden that ``other`` hides."""
    names = [] if other is None else _hidden_names(other)
    return ProtectedRow(
        {**row.values, **dict.fromkeys(names)},
        {**row.statuses, **dict.fromkeys(names, Status.SUPPRESSED)},
    )


def _by_mart(
    stacks: Sequence[Stack], found: Sequence[Sequence[ProtectedRow]]
) -> Iterator[tuple[Mart, list[tuple[int, ProtectedRow]]]]:
    """Yield for each mart of the stacks the places of its rows in the month, and these."""
    for stack, rows in zip(stacks, found, strict=True):
        for mart in stack.marts:
            mine = [i for i, (name, _) in enumerate(stack.origins) if name == mart.name]
            places = [stack.origins[i][1] for i in mine]
            exact, guarded = [stack.rows[i] for i in mine], [rows[i] for i in mine]
            yield mart, list(zip(places, _with_only_parts(exact, guarded, mart.rule), strict=True))


def _hidden_names(row: ProtectedRow) -> list[str]:
    return [name for name, status in row.statuses.items() if status is Status.SUPPRESSED]


def _stacks(helped: Mapping[str, Sequence[Record]], left_out: LeftOut) -> list[Stack]:
    """Return the tables to be protected together, without the levels left out."""
    found = []
    for system in SYSTEMS:
        wanted = dict.fromkeys((*system.rule.keys, *system.rule.counts))
        origins = [
            (mart.name, place)
            for mart in system.marts
            for place in kept(mart, helped[mart.name], left_out.get(mart.name, set()))
        ]
        rows = [wanted | helped[name][place] for name, place in origins]
        found.append(Stack(system.rule, system.marts, rows, origins))
    return found


def _with_helpers(month: Month, absent: int | None = 0) -> dict[str, list[Record]]:
    """Return the rows of every mart with counts and keys that others have of the same people.

    ``absent`` is the number of people with a gap of some severity where nobody says.
    """
    lookup = _Lookup(month, absent)
    found: dict[str, list[Record]] = {}
    for mart in MARTS:
        helper = _HELPERS.get(mart.name)
        rows = month.get(mart.name, ())
        helped = [row | helper(row, lookup) for row in rows] if helper else rows
        found[mart.name] = [row | _rests(mart, row) for row in helped]
    return found


def _rests(mart: Mart, row: Record) -> Record:
    """Return what is left of each whole besides its parts; none where one is not reported."""
    found: Record = {}
    for rest, (whole, parts) in mart.rests.items():
        values: list[Any] = [row.get(name) for name in (whole, *parts)]
        found[rest] = None if None in values else values[0] - sum(values[1:])
    return found


class _Lookup:
    """Counts of the same people in another mart."""

    def __init__(self, month: Month, absent: int | None) -> None:
        self.absent = absent
        gap_keys = ("agency_code", "family", "competency_code", "position_level")
        self.gaps = _by(
            [
                *({"agency_code": None, **row} for row in month.get("competency_gap_national", ())),
                *month.get("competency_gap_agency", ()),
            ],
            gap_keys,
        )
        self.fit = _by(month.get("position_fit", ()), ("agency_code", "position_level"))
        runs = [r for r in month.get("program_effectiveness", ()) if r["agency_code"] is None]
        self.runs = _by(runs, _RUN)


def _by(rows: Sequence[Record], keys: tuple[str, ...]) -> dict[tuple[Any, ...], Record]:
    return {tuple(row[key] for key in keys): row for row in rows}


def _of_needs(row: Record, lookup: _Lookup) -> Record:
    place = tuple(row[k] for k in ("agency_code", "family", "competency_code", "position_level"))
    gap = lookup.gaps.get(place, {})
    return {name: gap.get(name, lookup.absent) for name in ("mild", "moderate")}


def _of_exchange(row: Record, lookup: _Lookup) -> Record:
    run = lookup.runs.get(tuple(row[key] for key in _RUN), {})
    return {name: run.get(name) for name in ("participants", "gain_n")} | _of_run(row, lookup)


def _of_run(row: Record, lookup: _Lookup) -> Record:
    return {"program_run": "\t".join(str(row[key]) for key in _RUN)}


def _of_learning(row: Record, lookup: _Lookup) -> Record:
    """Return how many share the hours: cases of statistics, no count of its own."""
    reported, without = row["people_reported"], row["no_learning"]
    return {"with_learning": None if None in (reported, without) else reported - without}


def _of_talent(row: Record, lookup: _Lookup) -> Record:
    if row["placed_people"] is None or row["unplaced_people"] is None:
        return {"all_people": None}
    return {"all_people": row["placed_people"] + row["unplaced_people"]}


def _of_careers(row: Record, lookup: _Lookup) -> Record:
    fit = lookup.fit.get((row["agency_code"], row["position_level"]), {})
    return {"fully_assessed": fit.get("assessed")}


_HELPERS: dict[str, Callable[[Record, _Lookup], Record]] = {
    "training_need": _of_needs,
    "program_exchange": _of_exchange,
    "learning_hours": _of_learning,
    "program_effectiveness": _of_run,
    "talent_box": _of_talent,
    "career_mobility": _of_careers,
    "job_satisfaction": lambda row, _: {"indicator": "job_satisfaction"},
    "service_satisfaction": lambda row, _: {"indicator": "service_satisfaction"},
}


def _with_only_parts(
    exact: Sequence[Record], rows: Sequence[ProtectedRow], rule: TableRule
) -> list[ProtectedRow]:
    """Hide a statistic of a total where it is the one of its only part that has any, hidden there.

    The cases of a mean may be fewer than the count it rests on: of both tracks of recruitment only
    one may have a component.
    """
    found = list(rows)
    sums = [
        (total, parts)
        for key in rule.keys
        for total, parts in groups(exact, key, [k for k in rule.keys if k != key])
        if total is not None
    ]
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            for name in rule.statistics:
                if found[total].statuses.get(name) is not Status.SHOWN:
                    continue
                known = [p for p in parts if exact[p][name] is not None]
                if len(known) == 1 and found[known[0]].statuses[name] is Status.SUPPRESSED:
                    found[total] = _hidden(found[total], (name,))
                    changed = True
    return found


def _hidden(row: ProtectedRow, names: Sequence[str]) -> ProtectedRow:
    """Return the row with these columns hidden too, those of them that have a value."""
    known = [name for name in names if row.values.get(name) is not None]
    return ProtectedRow(
        {**row.values, **dict.fromkeys(known)},
        {**row.statuses, **dict.fromkeys(known, Status.SUPPRESSED)},
    )


def _few_people(month: Month, threshold: int) -> set[tuple[str, str]]:
    """Return agency and dataset of every submission whose rows are a few people to protect."""
    return {
        (row["agency_code"], row["dataset"])
        for row in month.get(SUBMISSION_SCORECARD.name, ())
        if row["dataset"] in SENSITIVE and 0 < (row["rows_read"] or 0) < threshold
    }


def _published(mart: Mart, row: ProtectedRow, few: set[tuple[str, str]]) -> ProtectedRow:
    """Return what is to be seen of a row: the columns that the rule of its mart names."""
    if mart.name.startswith("competency_gap") and _tells_severities(row):
        row = _hidden(row, ("gap_mean", "achieved_mean"))
    if mart.rows_of_people and (row.values["agency_code"], row.values["dataset"]) in few:
        row = _hidden(row, mart.rows_of_people)
    return ProtectedRow(
        {name: value for name, value in row.values.items() if name in mart.columns},
        {name: status for name, status in row.statuses.items() if name in mart.columns},
    )


def _tells_severities(row: ProtectedRow) -> bool:
    """Whether the mean gap gives hidden severities away: nobody above the standard blurs it."""
    return row.values["met"] == 0 and any(
        row.statuses.get(name) is Status.SUPPRESSED for name in SEVERITIES
    )
