"""Rules of the marts on talent and careers."""

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import PEOPLE, PLACE, Mart, resting_on

_PLACEMENT = ("placed_people", "unplaced_people", "without_performance", "without_potential")
TALENT_BOX = Mart(
    "talent_box",
    TableRule(
        keys=("agency_code", "position_level", "box"),
        counts=("people", *_PLACEMENT, "all_people"),
        identities={
            "all_people": ("placed_people", "unplaced_people"),
            "unplaced_people": ("without_performance", "without_potential"),
        },
        statistics={"share": ("people", "placed_people")},
        repeated={"box": (*_PLACEMENT, "all_people")},
        links={"all_people": PEOPLE["people"]},
        sums=(("box", "people", "placed_people"),),
    ),
    ("agency_name", "performance_category", "potential_category", "is_carried_forward"),
    helpers=("all_people",),
)
SUCCESSION_BENCH = Mart(
    "succession_bench",
    TableRule(
        keys=("agency_code", "position_code", "unit_code"),
        counts=("incumbents", "candidates", "ready_now", "ready_soon"),
        statistics={
            "incumbent_retires_within_months": ("incumbents",),
            **resting_on(("ready_now", "ready_soon"), "bench_strength", "risk"),
        },
    ),
    (
        "agency_name",
        "position_name",
        "position_level",
        "job_family",
        "needed",
        "is_default_standard",
        "is_carried_forward",
    ),
    rests={"not_ready": ("candidates", ("ready_now", "ready_soon"))},
)

_BLOCKERS = tuple(
    f"blocked_{name}" for name in ("performance", "assessment_missing", "jpm", "discipline", "box")
)
PROMOTION_READINESS = Mart(
    "promotion_readiness",
    TableRule(
        keys=("agency_code", "position_level"),
        counts=("people", "tenured", "eligible", "ready", *_BLOCKERS),
        links=PEOPLE,
        identities={"not_eligible": ("blocked_performance", "blocked_discipline")},
        statistics={
            "eligible_share": ("people", "eligible"),
            "ready_share": ("people", "ready"),
            "most_frequent_blocker": ("tenured", *_BLOCKERS),
        },
    ),
    ("agency_name", "next_level", "is_carried_forward"),
    rests={
        "not_tenured": ("people", ("tenured",)),
        "not_eligible": ("tenured", ("eligible",)),
        "eligible_not_ready": ("eligible", ("ready",)),
    },
)

_MOVES = ("promotions", "rotations", "transfers_in", "transfers_out", "demotions")
CAREER_MOBILITY = Mart(
    "career_mobility",
    TableRule(
        keys=("agency_code", "position_level"),
        counts=("people", "people_reported", *_MOVES, "stalled", "fully_assessed"),
        links=PEOPLE | {"fully_assessed": ("fully_assessed", PLACE)},
        statistics={
            **{f"{name}_per_1000": ("people_reported", name) for name in _MOVES},
            "median_years_in_level": ("people",),
            "stalled_share": ("people", "stalled"),
            **resting_on(("fully_assessed",), "competence_spread", "competence_spread_year_ago"),
        },
    ),
    ("agency_name", "units_compared", "is_carried_forward"),
    rests={
        "unreported": ("people", ("people_reported",)),
        "not_stalled": ("people", ("stalled",)),
    },
    helpers=("fully_assessed",),
)
