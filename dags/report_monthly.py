"""Make last month's report of what is published, and deliver it when a person approved."""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import (
    DAG,
    Context,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    TriggerRule,
    get_current_context,
    task,
)

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### report_monthly

On the 10th at 06:00 in Jakarta: the report of last month, from published marts only.

- **report** makes PDF, workbook, pages, data files and manifest.
- **approve** waits for a person: *Required actions* in the menu, **Approve** or **Reject**, and
  why. A rejected report is not delivered; `ops.audit` keeps who answered and the reason. With
  `ASN_REPORT_APPROVAL=false` nobody is asked.
- **targets** reads `ASN_DELIVERY`: folders, object stores, mailboxes; without it the report stays
  in its folder and is released there.
- **deliver**, one task per target: looks again whether the very files that were approved are of
  the version that is served and that passed both gates, then brings them there. Repeating it
  changes nothing.
- **summary** fails if a target did not get the report.

If the run has not ended six hours after it began, the operators are told (`ASN_ALERT_TO`).

Parameter `period` (`YYYY-MM`): empty is last month.
"""

BODY = """
{% set made = ti.xcom_pull('report') %}
Laporan **{{ made['period'] }}**, versi {{ made['version'] }}, di `{{ made['directory'] }}`
({{ made['count'] }} berkas), antara lain:
{% for file in made['files'] %}
- {{ file['name'] }}
{% endfor %}
"""

WHY = Param(
    None,
    type=["null", "string"],
    title="Alasan",
    description="Wajib diisi bila laporan ditolak; jangan menulis NIP atau nama pegawai.",
)

LATE = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=timedelta(hours=6),
    callback=SyncCallback("asn_warehouse.orchestration.report_is_late"),
    name="report of last month not delivered",
)


class RecordedApproval(ApprovalOperator):
    """An approval that keeps the answer in the audit: who, when, why."""

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the person's answer."""
        if "error" not in event:
            is_approved = event["chosen_options"] == [self.APPROVE]
            made = context["ti"].xcom_pull(task_ids="report")
            steps.decide(made, event, is_approved=is_approved)
        return super().execute_complete(context, event)


with DAG(
    "report_monthly",
    description="Published marts to the report for BKN",
    schedule=dag_defaults.cron("0 6 10 * *"),
    catchup=False,
    max_active_runs=1,
    params=dag_defaults.monthly_params(),
    default_args=dag_defaults.DAG_DEFAULTS,
    deadline=LATE,
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
        return "approve" if steps.approval_is_needed() else "targets"

    approve = RecordedApproval(
        task_id="approve",
        subject="Laporan bulanan {{ ti.xcom_pull('report')['period'] }}: kirim ke BKN?",
        body=BODY,
        params={steps.REASON: WHY},
        execution_timeout=None,
        response_timeout=timedelta(days=20),
    )

    @task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def targets() -> list[str]:
        """List where the report goes."""
        return steps.delivery_targets()

    @task(retries=5, map_index_template="{{ task.op_kwargs['target'] }}")
    def deliver(made: dict[str, Any], target: str) -> dict[str, Any]:
        """Deliver to one target, if the report is published, gated and approved."""
        return steps.deliver_report(made, target)

    @task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def summary(targets: list[str], results: list[dict[str, Any]]) -> dict[str, int]:
        """Say how many targets got it."""
        return steps.conclude(targets, results)

    made = report()
    choice = approval()
    places = targets()
    made >> choice >> [approve, places]
    approve >> places
    summary(places, deliver.partial(made=made).expand(target=places))
