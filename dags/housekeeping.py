"""Let rejected rows expire."""

from airflow.sdk import DAG, task

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### housekeeping

Daily at 04:00 in Jakarta.

- **expire** removes rejected rows from the vault `ASN_REJECTED_DAYS` days (90) after their file was
  received, and the workbooks in which the agency got them. Receipts and counts stay. What was
  removed stands in `ops.audit`.
"""

with DAG(
    "housekeeping",
    description="What need not be kept any longer",
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

    expire()
