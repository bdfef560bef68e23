"""Compute a month from the lake, check it, publish it."""

from typing import Any

from airflow.sdk import DAG, Param, chain, get_current_context, task
from cosmos.config import ProfileConfig
from cosmos.constants import InvocationMode
from cosmos.operators.local import DbtBuildLocalOperator

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps
from asn_warehouse.settings import get_settings

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

settings = get_settings()
profile = ProfileConfig(
    profile_name="asn_warehouse",
    target_name=settings.target,
    profiles_yml_filepath=settings.dbt_dir / "profiles.yml",
)


def dbt(step: str) -> DbtBuildLocalOperator:
    """Return the task that builds one layer or mart topic in process."""
    return DbtBuildLocalOperator(
        task_id=step,
        project_dir=str(settings.dbt_dir),
        profile_config=profile,
        select=" ".join(steps.DBT_SELECTORS[step]),
        vars="{{ ti.xcom_pull('prepare')['dbt_vars'] | tojson }}",
        env={
            "ASN_BUILD_DB": "{{ ti.xcom_pull('prepare')['database'] }}",
            "DBT_TARGET_PATH": "{{ ti.xcom_pull('prepare')['target_dir'] }}",
            "DBT_LOG_PATH": "{{ ti.xcom_pull('prepare')['log_dir'] }}",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        dbt_cmd_flags=list(steps.DBT_FLAGS),
        invocation_mode=InvocationMode.DBT_RUNNER,
        install_deps=False,
        emit_datasets=False,
        should_store_compiled_sql=False,
        interceptors=[steps.before_dbt],
        callback=steps.after_dbt,
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
        dbt("staging"),
        gate_datasets(month),
        dbt("core"),
        *(dbt(topic) for topic in steps.MART_TOPICS),
        gate_marts(month),
        publish(month),
        verify(month),
    )
