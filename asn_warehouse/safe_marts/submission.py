"""Rules of the marts on submissions: rows of files are no people, but where each row is one."""

from asn_warehouse.count_tables import TableRule
from asn_warehouse.safe_marts.mart import Mart

SENSITIVE = ("hukuman_disiplin",)
"""Datasets in which every row is a person of whom something grave is said."""

_TELLING = (
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
)
SUBMISSION_SCORECARD = Mart(
    "submission_scorecard",
    TableRule(keys=("agency_code", "dataset"), counts=()),
    (
        "agency_name",
        "status",
        "received_at",
        "due_at",
        "revised_at",
        "revisions",
        "refusal_rule",
        "has_refused_revision",
        "is_carried_forward",
        *_TELLING,
        "timeliness",
        "score",
        "top_reasons",
    ),
    national_only=(
        "people_counted",
        "excluded_inactive",
        "excluded_duplicate_person",
        "excluded_other",
    ),
    rows_of_people=(*_TELLING, "top_reasons"),
)
SUBMISSION_ORPHAN = Mart(
    "submission_orphan",
    TableRule(keys=("agency_code", "dataset", "reason"), counts=()),
    ("agency_name", "reason_name_id", "reason_name_en", "is_left_out", "rows"),
    rows_of_people=("rows",),
)
