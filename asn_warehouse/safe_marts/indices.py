"""Rules of the indices, targets and surveys: respondents are people, like everybody who counts."""

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import PEOPLE, Mart, resting_on

_CATEGORIES = ("very_high", "high", "medium", "low", "very_low")
PROFESSIONALISM_INDEX = Mart(
    "professionalism_index",
    TableRule(
        keys=("agency_code", "employment_status"),
        counts=("people", "measured", *_CATEGORIES),
        links=PEOPLE,
        identities={"measured": _CATEGORIES},
        statistics={
            "measured_share": ("people", "measured"),
            **resting_on(
                ("measured",),
                "ip_asn",
                "qualification",
                "competency",
                "performance",
                "discipline",
                "category",
            ),
        },
    ),
    ("agency_name", "is_estimate", "is_carried_forward"),
    rests={"not_measured": ("people", ("measured",))},
)

_ANSWERED = ("agency_code", "indicator")
SERVICE_SATISFACTION = Mart(
    "service_satisfaction",
    TableRule(
        keys=("agency_code", "service_code"),
        counts=("respondents",),
        links={"respondents": ("respondents", _ANSWERED)},
        statistics=resting_on(
            ("respondents",),
            *(f"nrr_u{number}" for number in range(1, 10)),
            "ikm",
            "grade",
            "grade_name",
            "lowest_element",
            "ikm_last_year",
        ),
    ),
    ("agency_name", "service_name", "elements_asked"),
)
JOB_SATISFACTION = Mart(
    "job_satisfaction",
    TableRule(
        keys=("agency_code",),
        counts=("respondents", "alpha_respondents"),
        links={"respondents": ("respondents", _ANSWERED)},
        statistics={
            **resting_on(("respondents",), "score", "score_last_year", "change"),
            "cronbach_alpha": ("alpha_respondents",),
        },
    ),
    ("agency_name", "alpha_items"),
    rests={"answered_in_part": ("respondents", ("alpha_respondents",))},
)
KPI_SCORECARD = Mart(
    "kpi_scorecard",
    TableRule(
        keys=("agency_code", "indicator"),
        counts=("cases",),
        links={"cases": ("respondents", _ANSWERED)},
        statistics=resting_on(("cases",), "actual", "baseline", "change", "met"),
    ),
    ("agency_name", "unit", "target"),
)
