"""The safe marts that the report reads, and how their columns must be protected.

Restricted marts stand in no list here and are never read. A column that is not named here is not
passed on, so that a new column of a mart is published only after somebody has thought about it.
"""

from dataclasses import dataclass

from asn_warehouse.report.protection import TableRule

FORM_GROUPS = (
    "classical",
    "e_learning",
    "on_the_job",
    "mentoring_coaching",
    "community",
    "other_nonclassical",
    "seminar",
)
SEVERITIES = ("met", "mild", "moderate", "severe")
MAPPING = ("mapping_o", "mapping_co", "mapping_ko")
SELECTION = ("selection_ms", "selection_mms", "selection_kms")
SENSITIVE = ("hukuman_disiplin",)
"""Datasets in which every row is a person of whom something grave is said."""


@dataclass(frozen=True)
class Mart:
    """A mart: its protection, and its columns that say nothing about few people.

    Columns in ``national_only`` are read for a sum over all agencies and never printed by agency.
    Columns in ``rows_of_people`` tell how many rows a submission has; they are hidden where few
    rows of one of the ``SENSITIVE`` datasets would be few people.
    """

    name: str
    rule: TableRule
    plain: tuple[str, ...] = ()
    national_only: tuple[str, ...] = ()
    rows_of_people: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that may leave the warehouse."""
        rule = self.rule
        return frozenset(
            {"period", "is_total", *rule.keys, *rule.counts, *rule.statistics, *self.plain}
        )

    @property
    def readable(self) -> frozenset[str]:
        """Every column that the report may look at."""
        return self.columns | frozenset(self.national_only)


def _together(*levels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return ties by which a hidden count hides its own level and every level below it."""
    return {
        count: tuple(c for level in levels[i:] for c in level if c != count)
        for i, names in enumerate(levels)
        for count in names
    }


_PEOPLE = {"people": ("people", ("agency_code", "position_level"))}
_GAP_STATISTICS = {
    "coverage": ("requirements", "assessed"),
    "required_mean": ("requirements",),
    "default_standard_share": ("requirements",),
    "achieved_mean": ("assessed",),
    "gap_mean": ("assessed",),
    "met_share": ("assessed", "met"),
}
_GAP_RULE = TableRule(
    keys=("agency_code", "family", "competency_code", "position_level"),
    counts=("people", "requirements", "assessed", *SEVERITIES),
    identities={"assessed": SEVERITIES, "requirements": ("people",)},
    statistics=_GAP_STATISTICS,
    repeated={"competency_code": ("people",), "family": ("people",)},
    links=_PEOPLE,
    ties=_together(("people", "requirements"), ("assessed",), SEVERITIES),
)

COMPETENCY_GAP_AGENCY = Mart(
    "competency_gap_agency", _GAP_RULE, ("agency_name", "competency_name", "is_carried_forward")
)
COMPETENCY_GAP_NATIONAL = Mart(
    "competency_gap_national", _GAP_RULE, ("competency_name", "is_carried_forward")
)
POSITION_FIT = Mart(
    "position_fit",
    TableRule(
        keys=("agency_code", "position_level"),
        counts=(
            "people",
            "assessed",
            "partially_assessed",
            "mapping_assessed",
            "selection_assessed",
            *MAPPING,
            *SELECTION,
            "overqualified",
        ),
        links=_PEOPLE,
        ties={
            **_together(("people",), ("assessed", "mapping_assessed", "selection_assessed")),
            **_together(("mapping_assessed",), MAPPING),
            **_together(("selection_assessed",), SELECTION),
            "assessed": ("mapping_assessed", "selection_assessed", "overqualified"),
        },
        identities={
            "assessed": (*MAPPING, *SELECTION),
            "mapping_assessed": MAPPING,
            "selection_assessed": SELECTION,
        },
        subtotals={"assessed": ("mapping_assessed", "selection_assessed")},
        statistics={
            "coverage": ("people", "assessed"),
            **{f"{c}_share": ("mapping_assessed", "assessed", c) for c in MAPPING},
            **{f"{c}_share": ("selection_assessed", "assessed", c) for c in SELECTION},
            **{f"jpm_{s}": ("assessed",) for s in ("mean", "median", "p10", "p90")},
            "jpm_mean_mapping": ("mapping_assessed", "assessed"),
            "jpm_mean_selection": ("selection_assessed", "assessed"),
            "overqualified_share": ("assessed", "overqualified"),
        },
    ),
    ("agency_name", "is_carried_forward"),
)
LEARNING_HOURS = Mart(
    "learning_hours",
    TableRule(
        keys=("agency_code", "employment_status", "position_level"),
        counts=(
            "people",
            "people_reported",
            "floor_people",
            "reached_20",
            "ceiling_people",
            "over_24",
            "no_learning",
        ),
        links=_PEOPLE,
        ties=_together(
            ("people", "people_reported", "floor_people", "ceiling_people"),
            ("reached_20", "over_24", "no_learning"),
        ),
        identities={"people_reported": ("floor_people", "ceiling_people")},
        statistics={
            **{f"hours_{s}": ("people_reported", "people") for s in ("total", "mean", "median")},
            **dict.fromkeys(FORM_GROUPS, ("people_reported", "people")),
            "reached_20_share": ("floor_people", "reached_20"),
            "over_24_share": ("ceiling_people", "over_24"),
            "no_learning_share": ("people_reported", "no_learning"),
        },
    ),
    ("agency_name", "is_carried_forward"),
)
_LEARNING_RESULTS = (
    "pre_mean",
    "post_mean",
    "gain_mean",
    "gain_sd",
    "gain_pct",
    "normalised_gain",
    "effect_size",
    "gain_ci_low",
    "gain_ci_high",
    "target_met",
    "cost_per_gain_point",
)
PROGRAM_EFFECTIVENESS = Mart(
    "program_effectiveness",
    TableRule(
        keys=("program_agency_code", "program_code", "run", "agency_code"),
        counts=("participants", "completed", "reaction_n", "gain_n"),
        statistics={
            "completion_rate": ("participants", "completed"),
            "cost": ("participants",),
            "cost_per_participant": ("participants",),
            "reaction_mean": ("reaction_n",),
            "response_rate": ("participants", "reaction_n"),
            **dict.fromkeys(_LEARNING_RESULTS, ("gain_n", "participants")),
        },
    ),
    (
        "agency_name",
        "program_name",
        "learning_form",
        "form_group",
        "competency_codes",
        "provider",
        "obstacle",
        "starts_on",
        "ends_on",
        "hours",
        "evidence",
    ),
)
_PLACEMENT = ("placed_people", "unplaced_people", "without_performance", "without_potential")
TALENT_BOX = Mart(
    "talent_box",
    TableRule(
        keys=("agency_code", "position_level", "box"),
        counts=("people", *_PLACEMENT, "all_people"),
        identities={"all_people": ("placed_people", "unplaced_people")},
        statistics={"share": ("people", "placed_people")},
        repeated={"box": (*_PLACEMENT, "all_people")},
        links={"all_people": _PEOPLE["people"]},
        sums=(("box", "people", "placed_people"),),
    ),
    ("agency_name", "performance_category", "potential_category", "is_carried_forward"),
)
SUBMISSION_SCORECARD = Mart(
    "submission_scorecard",
    TableRule(keys=("agency_code", "dataset"), counts=()),
    (
        "agency_name",
        "status",
        "received_at",
        "due_at",
        "revisions",
        "refusal_rule",
        "has_refused_revision",
        "is_carried_forward",
        "rows_read",
        "accepted",
        "rejected",
        "warned",
        "replayed",
        "reject_rate",
        "orphans",
        "completeness",
        "validity",
        "timeliness",
        "consistency",
        "score",
        "top_reasons",
    ),
    national_only=(
        "people_counted",
        "excluded_inactive",
        "excluded_duplicate_person",
        "excluded_other",
    ),
    rows_of_people=(
        "rows_read",
        "accepted",
        "rejected",
        "warned",
        "replayed",
        "reject_rate",
        "orphans",
        "completeness",
        "validity",
        "consistency",
        "top_reasons",
    ),
)
SUBMISSION_ORPHAN = Mart(
    "submission_orphan",
    TableRule(keys=("agency_code", "dataset", "reason"), counts=()),
    ("agency_name", "reason_name_id", "is_left_out", "rows"),
    rows_of_people=("rows",),
)

MARTS = (
    COMPETENCY_GAP_NATIONAL,
    COMPETENCY_GAP_AGENCY,
    POSITION_FIT,
    LEARNING_HOURS,
    PROGRAM_EFFECTIVENESS,
    TALENT_BOX,
    SUBMISSION_SCORECARD,
    SUBMISSION_ORPHAN,
)
