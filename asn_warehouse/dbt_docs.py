"""The dbt docs as one page, in which every published column carries its rules and its datasets."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from asn_warehouse import contracts, dbt_process, lineage, ops, publish, rules
from asn_warehouse.files import replacing
from asn_warehouse.periods import Period
from asn_warehouse.rules import Rule
from asn_warehouse.settings import Settings


def write_docs(settings: Settings, period: Period | None = None) -> Path:
    """Write ``docs/dbt/index.html`` and return its path; neither making nor reading it needs a net.

    Args:
        settings: where things live.
        period: the month whose rules in force are told; default the newest published, or this one.

    Raises:
        BuildFailed: when dbt cannot read the project or cannot compile it.
    """
    if period is None:
        period = (publish.published_periods(settings) or [Period.of(ops.now().date())])[-1]
    folder = settings.docs / "dbt"
    target = folder / ".target"
    target.mkdir(parents=True, exist_ok=True)
    arguments = dbt_process.common_arguments(
        settings.dbt_dir,
        target,
        target / "logs",
        "duckdb",
        {"period": str(period.first_day), "as_of": ops.stamp(ops.now())},
    )
    manifest = dbt_process.parsed(settings.dbt_dir, "duckdb")
    known = lineage.from_manifest(manifest.writable_manifest().to_dict(omit_none=False))
    in_force = [rule for rule in rules.of_project(settings) if rule.is_in_force(period.last_day)]
    for node in manifest.nodes.values():
        if node.resource_type != "model" or node.name not in known.marts:
            continue
        titles = [
            f"{contracts.dataset(settings, name).label} (`{name}`)"
            for name in known.datasets(node.name)
        ]
        for column in node.columns.values():
            entries = known.marts[node.name].columns[column.name].rule_sets
            column.description += law(rules.resting(in_force, entries), titles)
    dbt_process.write_docs(arguments, manifest)
    page = folder / "index.html"
    with replacing(page, durable=False) as temporary:
        shutil.copyfile(target / "static_index.html", temporary)
    shutil.rmtree(target)
    return page


def law(resting: Sequence[Rule], datasets: Sequence[str]) -> str:
    """Return, as Markdown, the rules in force that a column rests on and the data it is made of."""
    lines = [f"- {rule.statement} {rule.authority} Since {rule.valid_from}." for rule in resting]
    text = "\n\n**Rules**\n\n" + "\n".join(lines) if lines else ""
    return text + (f"\n\n**Datasets**: {', '.join(datasets)}." if datasets else "")
