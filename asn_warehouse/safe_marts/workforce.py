"""Rules of the marts on the workforce: places are no people, whoever fills or seeks one is."""

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import PLACE, Mart, resting_on

_RETIRING = tuple(f"retiring_{months}_months" for months in (12, 24, 36, 60))
WORKFORCE_PLAN = Mart(
    "workforce_plan",
    TableRule(
        keys=("agency_code", "position_level", "job_family"),
        counts=("filled", "unlisted", "retirement_known", *_RETIRING),
        links={"filled": ("people", PLACE)},
        statistics={
            **resting_on(("filled", "unlisted"), "needed", "vacant", "surplus"),
            "net_need_12_months": ("filled", "unlisted", "retiring_12_months"),
            **{f"lacking_competency_{rank}": ("filled",) for rank in (1, 2, 3)},
        },
    ),
    ("agency_name", "is_carried_forward"),
    rests={
        "listed": ("filled", ("unlisted",)),
        "retirement_unknown": ("filled", ("retirement_known",)),
        "retiring_later": ("retirement_known", ("retiring_60_months",)),
        "retiring_in_year_2": ("retiring_24_months", ("retiring_12_months",)),
        "retiring_in_year_3": ("retiring_36_months", ("retiring_24_months",)),
        "retiring_in_year_4_or_5": ("retiring_60_months", ("retiring_36_months",)),
    },
)

_COMPONENTS = ("basic", "technical", "managerial", "sociocultural")
RECRUITMENT_QUALITY = Mart(
    "recruitment_quality",
    TableRule(
        keys=("agency_code", "track", "position_level"),
        counts=(
            "applicants",
            "passed_administration",
            "hired",
            "not_hired",
            "hired_measured",
            "hired_below_standard",
        ),
        statistics={
            "passed_administration_share": ("applicants", "passed_administration"),
            "hired_share": ("applicants", "hired", "not_hired"),
            **{f"{name}_mean_hired": ("hired",) for name in _COMPONENTS},
            **{f"{name}_mean_not_hired": ("not_hired",) for name in _COMPONENTS},
            "hired_below_standard_share": ("hired_measured", "hired_below_standard"),
        },
    ),
    ("agency_name",),
    rests={
        "failed_administration": ("applicants", ("passed_administration",)),
        "undecided": ("applicants", ("hired", "not_hired")),
        "hired_unmeasured": ("hired", ("hired_measured",)),
        "hired_at_standard": ("hired_measured", ("hired_below_standard",)),
    },
)
