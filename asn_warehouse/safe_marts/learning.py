"""Rules of the marts on learning and programmes."""

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import PEOPLE, PLACE, RUN, Mart, resting_on

FORM_GROUPS = (
    "classical",
    "e_learning",
    "on_the_job",
    "mentoring_coaching",
    "community",
    "other_nonclassical",
    "seminar",
)

_REPORTED = PEOPLE | {
    "people_reported": ("people_reported", PLACE),
    "no_learning": ("no_learning", PLACE),
}
_HOURS = ("people_reported", "people")
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
        links=_REPORTED,
        identities={"people_reported": ("floor_people", "ceiling_people")},
        statistics={
            **resting_on(_HOURS, "hours_median"),
            **resting_on(("with_learning", *_HOURS), "hours_total", "hours_mean", *FORM_GROUPS),
            "reached_20_share": ("floor_people", "reached_20"),
            "over_24_share": ("ceiling_people", "over_24"),
            "no_learning_share": ("people_reported", "no_learning"),
        },
    ),
    ("agency_name", "is_carried_forward"),
    rests={
        "unreported": ("people", ("people_reported",)),
        "below_20": ("floor_people", ("reached_20",)),
        "at_most_24": ("ceiling_people", ("over_24",)),
    },
)
LEARNING_ACCESS = Mart(
    "learning_access",
    TableRule(
        keys=("region_class", "province_code"),
        counts=("people", "people_reported", "with_learning", "with_e_learning"),
        links=_REPORTED,
        statistics={
            "with_learning_share": ("people_reported", "with_learning"),
            **resting_on(("with_learning", *_HOURS), "hours_total", "hours_mean"),
            "hours_e_learning": ("with_e_learning", *_HOURS),
            "e_learning_share": ("with_e_learning", "with_learning", *_HOURS),
        },
    ),
    ("is_carried_forward",),
    rests={
        "unreported": ("people", ("people_reported",)),
        "no_learning": ("people_reported", ("with_learning",)),
        "without_e_learning": ("with_learning", ("with_e_learning",)),
    },
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
_PERFORMANCE_RESULTS = (
    "performance_effect",
    "performance_effect_ci_low",
    "performance_effect_ci_high",
    "max_standardised_difference",
)
_RUN = ("program_agency_code", "program_code", "run")
_COUNTED = ("participants", "completed", "reaction_n", "gain_n")
_RUN_LINKS = {name: (name, RUN) for name in ("participants", "gain_n")}
_DELIVERY = {
    "completion_rate": ("participants", "completed"),
    "cost": ("participants",),
    "cost_per_participant": ("participants",),
    "reaction_mean": ("reaction_n",),
    "response_rate": ("participants", "reaction_n"),
    **resting_on(("gain_n", "participants"), *_LEARNING_RESULTS),
}
_RUN_RESTS = {
    "not_completed": ("participants", ("completed",)),
    "without_gain": ("participants", ("gain_n",)),
}
PROGRAM_EFFECTIVENESS = Mart(
    "program_effectiveness",
    TableRule(
        keys=(*_RUN, "agency_code"),
        counts=(*_COUNTED, "behaviour_n", "matched_participants", "comparison_people"),
        links=_RUN_LINKS,
        statistics={
            **_DELIVERY,
            "behaviour_mean": ("behaviour_n",),
            **resting_on(("matched_participants", "comparison_people"), *_PERFORMANCE_RESULTS),
            "service_index_change": ("participants",),
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
    rests=_RUN_RESTS,
)
PROGRAM_COMPARISON = Mart(
    "program_comparison",
    TableRule(keys=("agency_code", "form_group"), counts=_COUNTED, statistics=_DELIVERY),
    ("agency_name", "runs", "obstacle", "obstacle_runs"),
    rests=_RUN_RESTS,
)
