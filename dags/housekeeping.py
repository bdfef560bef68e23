"""Let rejected rows expire; watch the 10th of the month."""

from airflow.sdk import DAG, get_current_context, task

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### housekeeping

Daily at 04:00 in Jakarta.

- **expire** removes rejected rows from the vault `ASN_REJECTED_DAYS` days (90) after their file was
  received, and the workbooks in which the agency got them. Receipts and counts stay. What was
  removed stands in `ops.audit`.
- **watch_deadline** looks whether last month's report is at risk: not published on the 8th, or not
  delivered after the 10th. It says so daily in the log, in `ops.audit`, and by mail to
  `ASN_ALERT_TO`.
"""

with DAG(
    "housekeeping",
    description="What need not be kept any longer, and what must not be late",
    schedule=dag_defaults.cron("0 4 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dag_defaults.DAG_DEFAULTS,
    tags=["housekeeping"],
    doc_md=DOC,
):

    @task
    def expire() -> dict[str, int]:
        """Remove rejected rows that are old enough."""
        return steps.remove_expired()

    @task
    def watch_deadline() -> str | None:
        """Tell the operators when the 10th is at risk."""
        return steps.watch_deadline(steps.local_date(steps.moment_of_run(get_current_context())))

    expire()
    watch_deadline()
