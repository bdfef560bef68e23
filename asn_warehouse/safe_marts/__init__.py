"""What of every mart that holds no persons may be shown, and beside what it must be hidden.

A column that no rule names stands in no protected table, so that a new column of a mart is shown
only after somebody has thought about it. Restricted marts stand in no list here and are never
read.
"""

from dataclasses import dataclass, replace

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.competency import (
    ASSESSMENT_COVERAGE,
    COMPETENCY_GAP_AGENCY,
    COMPETENCY_GAP_FIELD,
    COMPETENCY_GAP_NATIONAL,
    MAPPING,
    POSITION_FIT,
    PROGRAM_EXCHANGE,
    SELECTION,
    SEVERITIES,
    TRAINING_NEED,
)
from asn_warehouse.safe_marts.indices import (
    JOB_SATISFACTION,
    KPI_SCORECARD,
    PROFESSIONALISM_INDEX,
    SERVICE_SATISFACTION,
)
from asn_warehouse.safe_marts.learning import (
    FORM_GROUPS,
    LEARNING_ACCESS,
    LEARNING_HOURS,
    PROGRAM_COMPARISON,
    PROGRAM_EFFECTIVENESS,
)
from asn_warehouse.safe_marts.mart import Mart
from asn_warehouse.safe_marts.submission import SENSITIVE, SUBMISSION_ORPHAN, SUBMISSION_SCORECARD
from asn_warehouse.safe_marts.talent import (
    CAREER_MOBILITY,
    PROMOTION_READINESS,
    SUCCESSION_BENCH,
    TALENT_BOX,
)
from asn_warehouse.safe_marts.workforce import RECRUITMENT_QUALITY, WORKFORCE_PLAN

__all__ = [
    "ASSESSMENT_COVERAGE",
    "CAREER_MOBILITY",
    "COMPETENCY_GAP_AGENCY",
    "COMPETENCY_GAP_FIELD",
    "COMPETENCY_GAP_NATIONAL",
    "DIM_RULE",
    "FORM_GROUPS",
    "JOB_SATISFACTION",
    "KPI_SCORECARD",
    "LEARNING_ACCESS",
    "LEARNING_HOURS",
    "MAPPING",
    "MARTS",
    "POSITION_FIT",
    "PROFESSIONALISM_INDEX",
    "PROGRAM_COMPARISON",
    "PROGRAM_EFFECTIVENESS",
    "PROGRAM_EXCHANGE",
    "PROMOTION_READINESS",
    "RECRUITMENT_QUALITY",
    "SELECTION",
    "SENSITIVE",
    "SERVICE_SATISFACTION",
    "SEVERITIES",
    "SUBMISSION_ORPHAN",
    "SUBMISSION_SCORECARD",
    "SUCCESSION_BENCH",
    "SYSTEMS",
    "TALENT_BOX",
    "TRAINING_NEED",
    "WITHOUT_PROTECTION",
    "WORKFORCE_PLAN",
    "Mart",
    "System",
]

DIM_RULE = Mart(
    "dim_rule",
    TableRule(keys=("rule_id",), counts=()),
    (
        "rule_set",
        "item",
        "value",
        "unit",
        "valid_from",
        "valid_to",
        "is_in_force",
        "source",
        "mark",
        "note_id",
        "topic",
        "marts",
    ),
)

MARTS = (
    COMPETENCY_GAP_NATIONAL,
    COMPETENCY_GAP_AGENCY,
    COMPETENCY_GAP_FIELD,
    POSITION_FIT,
    ASSESSMENT_COVERAGE,
    TRAINING_NEED,
    LEARNING_HOURS,
    LEARNING_ACCESS,
    PROGRAM_EFFECTIVENESS,
    PROGRAM_COMPARISON,
    PROGRAM_EXCHANGE,
    TALENT_BOX,
    SUCCESSION_BENCH,
    PROMOTION_READINESS,
    CAREER_MOBILITY,
    PROFESSIONALISM_INDEX,
    SERVICE_SATISFACTION,
    JOB_SATISFACTION,
    KPI_SCORECARD,
    WORKFORCE_PLAN,
    RECRUITMENT_QUALITY,
    SUBMISSION_SCORECARD,
    SUBMISSION_ORPHAN,
    DIM_RULE,
)

WITHOUT_PROTECTION = {
    "publication_diff": "Differences of exact values, of versions that were taken back as well: "
    "they would give away what both versions hide. It is for analysts and publishers.",
}
"""Marts without persons that no protected schema has, and why."""


@dataclass(frozen=True)
class System:
    """Marts whose rows are rows of one table, some of them the totals of others.

    Keys that a mart does not have are null in its rows.
    """

    rule: TableRule
    marts: tuple[Mart, ...]


def _alone(mart: Mart) -> System:
    return System(mart.protection, (mart,))


_GAPS = (COMPETENCY_GAP_NATIONAL, COMPETENCY_GAP_AGENCY)
_PROGRAMS = (PROGRAM_EFFECTIVENESS, PROGRAM_COMPARISON)
SYSTEMS = (
    System(COMPETENCY_GAP_AGENCY.protection, _GAPS),
    System(
        replace(
            PROGRAM_EFFECTIVENESS.protection, keys=("form_group", "program_run", "agency_code")
        ),
        _PROGRAMS,
    ),
    *(_alone(mart) for mart in MARTS if mart not in (*_GAPS, *_PROGRAMS)),
)
