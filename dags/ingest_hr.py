"""Admit the month's HR files: plan, admit in chunks, summarise."""

from typing import Any

from airflow.sdk import DAG, TriggerRule, get_current_context, task

from asn_warehouse import dag_defaults
from asn_warehouse import orchestration as steps

DOC = """
### ingest_hr

Admits the files that agencies put into `landing/<period>/<agency>/` for the datasets whose
contract has the domain `hr`: people, positions, competencies, careers.
New files only: what the commit log already holds is skipped, so a run may be repeated at will.

- **plan** lists the new files and balances them by bytes into at most 64 chunks.
- **admit** turns a chunk into typed rows, rejected rows and receipts. A refused file is an answer
  to its agency, not a failure of the run.
- **summary** counts, and fails if a chunk gave no result.

Parameter `period` (`YYYY-MM`): the month described; empty is last month.
"""

with DAG(
    "ingest_hr",
    description="Files of the HR family: landing to lake",
    schedule=dag_defaults.cron("0 * * * *"),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=4,
    params=dag_defaults.monthly_params(),
    default_args=dag_defaults.DAG_DEFAULTS,
    tags=["ingest", "hr"],
    doc_md=DOC,
):

    @task
    def plan() -> list[dict[str, Any]]:
        """List the new files as chunks."""
        return steps.plan_chunks(get_current_context(), "hr")

    @task
    def admit(chunk: dict[str, Any]) -> dict[str, int]:
        """Admit one chunk."""
        return steps.admit_chunk(chunk)

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def summary(
        chunks: list[dict[str, Any]] | None, results: list[dict[str, int]]
    ) -> dict[str, int]:
        """Add up what the chunks gave."""
        return steps.summarise(None if chunks is None else len(chunks), results)

    chunks = plan()
    summary(chunks, admit.expand(chunk=chunks))
