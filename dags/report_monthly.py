"""Make last month's report of what is published, and deliver it when a person approved."""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Context, TriggerRule, get_current_context, task

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### report_monthly

On the 10th at 06:00 in Jakarta: the report of last month, from published marts only.

- **report** makes PDF, workbook, page, data files and manifest.
- **approve** waits for a person: *Required actions* in the menu, **Approve** or **Reject**.
  A rejected report is not delivered, and `ops.audit` says who refused it. With
  `ASN_REPORT_APPROVAL=false` nobody is asked.
- **deliver** records when the report was delivered and who approved it.

Parameter `period` (`YYYY-MM`): empty is last month.
"""

BODY = """
{% set made = ti.xcom_pull('report') %}
Laporan **{{ made['period'] }}**, versi {{ made['version'] }}, di `{{ made['directory'] }}`:
{% for file in made['files'] %}
- {{ file['name'] }}
{% endfor %}
"""


class RecordedApproval(ApprovalOperator):
    """An approval that records a refusal: of what is skipped by it, nobody would know by whom."""

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the person's answer."""
        if event.get("chosen_options") == [self.REJECT]:
            user = event.get("responded_by_user") or {}
            steps.refuse_report(context["ti"].xcom_pull(task_ids="report"), user.get("name"))
        return super().execute_complete(context, event)


with DAG(
    "report_monthly",
    description="Published marts to the report for BKN",
    schedule=dag_defaults.cron("0 6 10 * *"),
    catchup=False,
    max_active_runs=1,
    params=dag_defaults.monthly_params(),
    default_args=dag_defaults.DAG_DEFAULTS,
    tags=["report"],
    doc_md=DOC,
):

    @task
    def report() -> dict[str, Any]:
        """Make the report of the published month."""
        return steps.make_report(steps.chosen_period(get_current_context()))

    @task.branch
    def approval() -> str:
        """Ask the settings whether a person must approve."""
        return "approve" if steps.approval_is_needed() else "deliver"

    approve = RecordedApproval(
        task_id="approve",
        subject="Laporan bulanan {{ ti.xcom_pull('report')['period'] }}: kirim ke BKN?",
        body=BODY,
        execution_timeout=None,
        response_timeout=timedelta(days=20),
    )

    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def deliver(made: dict[str, Any]) -> None:
        """Record the delivery."""
        answer = get_current_context()["ti"].xcom_pull(task_ids="approve") or {}
        user = answer.get("responded_by_user") or {}
        steps.deliver_report(made, user.get("name"))

    made = report()
    choice = approval()
    delivered = deliver(made)
    made >> choice >> [approve, delivered]
    approve >> delivered
