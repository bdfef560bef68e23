"""Compute a month from the lake, check it, publish it."""

from typing import Any

from airflow.sdk import DAG, Param, chain, get_current_context, task

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### build_warehouse

Computes a month's marts from the lake and publishes them, or leaves the last publication as it is.

- **ready** asks our own commit log and the operator's calendar whether the month can be built:
  all expected files are in, or the last due date has passed. `force` builds without asking.
- **prepare** makes the candidate database; **needed** ends a scheduled run here when this very
  build is already published.
- **staging … submission** are dbt, one task per layer and mart topic, one after the other: the
  candidate has one writer.
- **gate_datasets**, **gate_marts** run the Great Expectations suites; a failed gate stops the run.
- **publish** is one transaction. **verify** asserts that every model ran and that the publication
  row exists.

Parameters: `period` (`YYYY-MM`; empty is last month), `force` (build although files are missing).
"""

FORCE = Param(
    False, type="boolean", title="Force", description="Build although the month is not complete."
)

with DAG(
    "build_warehouse",
    description="Lake to published marts",
    schedule=dag_defaults.cron("0 3 * * *"),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    params=dag_defaults.monthly_params(force=FORCE),
    default_args=dag_defaults.DAG_DEFAULTS,
    tags=["build", "dbt", "publish"],
    doc_md=DOC,
):

    @task
    def period() -> str:
        """Choose the month."""
        return steps.chosen_period(get_current_context())

    @task.short_circuit
    def ready(period: str) -> bool:
        """Ask whether the month can be built."""
        context = get_current_context()
        today = steps.local_date(steps.moment_of_run(context))
        return context["params"]["force"] or steps.readiness(period, today)["is_ready"]

    @task
    def prepare(period: str) -> dict[str, Any]:
        """Make the candidate database."""
        return steps.prepare_build(period)

    @task.short_circuit
    def needed(candidate: dict[str, Any]) -> bool:
        """Ask whether this build is not published yet."""
        is_asked = get_current_context()["params"]["force"]
        return is_asked or not steps.is_published(candidate["period"], candidate["build_id"])

    @task
    def dbt(period: str, step: str) -> dict[str, Any]:
        """Build a layer or a topic of the marts with dbt, and assert that all of it passed."""
        return steps.run_dbt(period, step)

    @task
    def gate_datasets(period: str) -> None:
        """Check the month's datasets as a whole."""
        steps.run_gate(period, "datasets")

    @task
    def gate_marts(period: str) -> None:
        """Check the built marts."""
        steps.run_gate(period, "marts")

    @task
    def publish(period: str) -> dict[str, Any]:
        """Put the audited candidate into the serving store."""
        return steps.publish_month(period)

    @task
    def verify(period: str) -> None:
        """Assert what a green run claims."""
        steps.verify_month(period)

    month = period()
    candidate = prepare(month)
    chain(
        ready(month),
        candidate,
        needed(candidate),
        dbt.override(task_id="staging")(month, "staging"),
        gate_datasets(month),
        dbt.override(task_id="core")(month, "core"),
        *(dbt.override(task_id=topic)(month, topic) for topic in steps.MART_TOPICS),
        gate_marts(month),
        publish(month),
        verify(month),
    )
