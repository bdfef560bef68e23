"""Rules of the marts on competency gaps, fit, assessment and needs."""

from dataclasses import replace

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import (
    NEEDED,
    PEOPLE,
    PLACE,
    REQUIRED,
    RUN,
    Mart,
    resting_on,
)

SEVERITIES = ("met", "mild", "moderate", "severe")
MAPPING = ("mapping_o", "mapping_co", "mapping_ko")
SELECTION = ("selection_ms", "selection_mms", "selection_kms")

_GAP_COUNTS = ("people", "requirements", "assessed", *SEVERITIES)
_GAP_STATISTICS = {
    "coverage": ("requirements", "assessed"),
    "required_mean": ("requirements",),
    "default_standard_share": ("requirements",),
    "achieved_mean": ("assessed",),
    "gap_mean": ("assessed",),
    "met_share": ("assessed", "met"),
}
_GAP_LINKS = PEOPLE | {name: (name, REQUIRED) for name in _GAP_COUNTS[1:]}

_GAP_RULE = TableRule(
    keys=("agency_code", "family", "competency_code", "position_level"),
    counts=_GAP_COUNTS,
    identities={"assessed": SEVERITIES, "requirements": ("people",)},
    statistics=_GAP_STATISTICS,
    repeated={"competency_code": ("people",), "family": ("people",)},
    links=_GAP_LINKS,
)
COMPETENCY_GAP_AGENCY = Mart(
    "competency_gap_agency",
    _GAP_RULE,
    ("agency_name", "competency_name", "is_carried_forward"),
)
COMPETENCY_GAP_NATIONAL = Mart(
    "competency_gap_national",
    replace(_GAP_RULE, keys=_GAP_RULE.keys[1:]),
    ("competency_name", "is_carried_forward"),
)
COMPETENCY_GAP_FIELD = Mart(
    "competency_gap_field",
    TableRule(
        keys=("agency_code", "job_family", "family"),
        counts=_GAP_COUNTS,
        identities={"assessed": SEVERITIES},
        statistics=_GAP_STATISTICS,
        repeated={"family": ("people",)},
        links=_GAP_LINKS,
    ),
    ("agency_name", "is_carried_forward"),
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
        links=PEOPLE
        | {
            "assessed": ("fully_assessed", PLACE),
            "partially_assessed": ("partially_assessed", PLACE),
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
    rests={"not_fully_known": ("people", ("assessed", "partially_assessed"))},
)

_EXPIRING = ("expiring_3_months", "expiring_6_months", "expiring_12_months")
ASSESSMENT_COVERAGE = Mart(
    "assessment_coverage",
    TableRule(
        keys=("agency_code", "position_level", "method"),
        counts=("people", "assessed", "fully_assessed", *_EXPIRING, "expired", "never_assessed"),
        repeated={"method": ("people",)},
        links=PEOPLE | {"fully_assessed": ("fully_assessed", PLACE)},
        identities={"people": ("assessed", "expired", "never_assessed")},
        statistics={
            "coverage": ("people", "assessed"),
            "full_coverage": ("people", "fully_assessed"),
        },
    ),
    ("agency_name", "is_carried_forward"),
    rests={
        "partially_assessed": ("assessed", ("fully_assessed",)),
        "expiring_in_month_4_to_6": ("expiring_6_months", ("expiring_3_months",)),
        "expiring_in_month_7_to_12": ("expiring_12_months", ("expiring_6_months",)),
        "expiring_later": ("assessed", ("expiring_12_months",)),
    },
)

TRAINING_NEED = Mart(
    "training_need",
    TableRule(
        keys=("agency_code", "competency_code", "position_level"),
        counts=("people_with_gap", "severe_people", "strategic_people", "mild", "moderate"),
        links={
            "people_with_gap": ("people_with_gap", NEEDED),
            "severe_people": ("severe", REQUIRED),
            "mild": ("mild", REQUIRED),
            "moderate": ("moderate", REQUIRED),
        },
        identities={"people_with_gap": ("mild", "moderate", "severe_people")},
        statistics={
            **resting_on(
                ("people_with_gap", "mild", "moderate", "severe_people"),
                "total_gap",
                "severe_share",
                "recommended_form",
                "alternative_form",
            ),
            "strategic_share": ("people_with_gap", "strategic_people"),
            **resting_on(
                ("people_with_gap",),
                "priority_score",
                "priority_rank",
                "planned_participants",
                "planned_hours",
                "unmet_people",
            ),
        },
    ),
    ("agency_name", "competency_name", "family", "evidence", "is_carried_forward"),
    rests={"not_strategic": ("people_with_gap", ("strategic_people",))},
    helpers=("mild", "moderate"),
)
PROGRAM_EXCHANGE = Mart(
    "program_exchange",
    TableRule(
        keys=("agency_code", "competency_code", "program_agency_code", "program_code"),
        counts=("people_with_gap", "participants", "gain_n"),
        repeated={
            "program_agency_code": ("people_with_gap",),
            "program_code": ("people_with_gap",),
        },
        links={
            "people_with_gap": ("people_with_gap", NEEDED),
            "participants": ("participants", RUN),
            "gain_n": ("gain_n", RUN),
        },
        statistics={
            **resting_on(("people_with_gap",), "need_rank", "people_it_would_serve"),
            **resting_on(
                ("gain_n", "participants"),
                "gain_mean",
                "gain_ci_low",
                "gain_ci_high",
                "effect_size",
                "cost_per_participant",
            ),
        },
    ),
    (
        "agency_name",
        "competency_name",
        "program_agency_name",
        "program_name",
        "run",
        "program_rank",
        "learning_form",
        "form_group",
        "evidence",
        "is_carried_forward",
    ),
    helpers=("participants", "gain_n"),
)
