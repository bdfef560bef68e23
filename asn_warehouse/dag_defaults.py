"""What every DAG has in common: schedule, parameters, retries, timeouts."""

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, ExceptionRetryPolicy, Param, RetryAction, RetryRule

from asn_warehouse.errors import AsnError, DeliveryFailed
from asn_warehouse.orchestration import TIMEZONE

DAG_DEFAULTS: dict[str, Any] = {
    "owner": "data-platform",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "execution_timeout": timedelta(hours=1),
    # What the project itself reports (a gate, a conflict, a wrong period) does not mend itself; a
    # target that does not answer may.
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=DeliveryFailed, action=RetryAction.RETRY),
            RetryRule(exception=AsnError, action=RetryAction.FAIL),
        ]
    ),
}


def monthly_params(**more: Param) -> dict[str, Param]:
    """Return the parameters of a DAG that works on one month; ``period`` null is last month."""
    period = Param(
        None,
        type=["null", "string"],
        pattern=r"^20\d{2}-(0[1-9]|1[0-2])$",
        title="Period",
        description="Month described, YYYY-MM. Empty: the month before the run.",
    )
    return {"period": period, **more}


def cron(expression: str) -> CronTriggerTimetable:
    """Return a schedule in Jakarta's zone; the first run waits for the next due time."""
    return CronTriggerTimetable(expression, timezone=TIMEZONE)
