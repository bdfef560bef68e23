"""The command that leads from a number to its law."""

import json
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.tree import Tree

from asn_warehouse.cli.common import PublishedOption, app, console, number, settings_now
from asn_warehouse.explain import Dataset, Explanation, Submission, explain
from asn_warehouse.lineage import Lineage, Node
from asn_warehouse.report.labels import label
from asn_warehouse.rules import Rule
from asn_warehouse.status import JAKARTA


@app.command(
    name="explain",
    epilog="Example: asn explain position_fit mapping_o_share · "
    "asn explain talent_box people --agency 4011 --period 2026-10",
)
def explain_command(
    mart: Annotated[str, typer.Argument(metavar="MART", help="A published table.")],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="One of its columns.")],
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this agency; default the nation.")
    ] = None,
    period: PublishedOption = None,
    form: Annotated[
        Literal["tree", "json"], typer.Option("--format", help="For people, or for a program.")
    ] = "tree",
) -> None:
    """Lead from a number to its rules, with article and mark, its models, data and submissions."""
    found = explain(settings_now(), mart, column, period, agency)
    if form == "json":
        print(json.dumps(as_json(found), ensure_ascii=False, indent=2, default=str))  # noqa: T201
    else:
        console.print(as_tree(found))


def as_tree(found: Explanation) -> Tree:
    """Return the explanation as a tree for a terminal."""
    column = found.column
    names = " · ".join(name for name in (column.label_id, column.label_en) if name)
    tree = Tree(f"[bold]{found.mart.name}.{column.name}[/]  {escape(names)} ({column.data_type})")
    tree.add(escape(column.description))
    _add_values(tree, found)
    _add_rules(tree, found)
    models = tree.add("[bold]Models[/]")
    _add_models(models, found.lineage, found.mart, set())
    _add_datasets(tree, found)
    return tree


def _add_values(tree: Tree, found: Explanation) -> None:
    publication, values = found.publication, found.values
    if publication is None:
        tree.add("[bold]Value[/] nothing is published; this is the project as it is now")
        return
    where = "the nation"
    if found.agency_code is not None:
        where = f"agency {found.agency_code} {escape(found.agency_name or '')}"
    branch = tree.add(
        f"[bold]Value[/] {publication.period} version {publication.version}, {where}, as served"
    )
    if values is None:
        branch.add("no longer in the serving store; an older month is rebuilt from the lake")
    elif found.mart.restricted:
        branch.add(
            f"{number(values.rows)} rows of persons, {number(values.known)} with a value; "
            "persons are not shown"
        )
    else:
        for row in values.shown:
            keys = (
                f"{key} {'(all)' if value is None else value}"
                for key, value in zip(values.keys, row, strict=False)
            )
            branch.add(escape(f"{', '.join(keys)}: {shown(row[-1])}".removeprefix(": ")))
        if values.rows > len(values.shown):
            branch.add(f"[dim]and {number(values.rows - len(values.shown))} more rows[/]")
        if not values.rows:
            branch.add("no row")


def shown(value: object) -> str:
    """Return a value as a reader may compare it with what BI shows."""
    if value is None:
        return "null"
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _add_rules(tree: Tree, found: Explanation) -> None:
    """Add the rules by set; an article that a whole set has is told once."""
    branch = tree.add(f"[bold]Rules[/] in force on {found.on}")
    if not found.rules:
        branch.add("none: a count, a key or a fact of the data")
    for name, members in groupby(found.rules, key=attrgetter("rule_set")):
        versions = list(members)
        shared = {rule.authority for rule in versions}
        mine = branch.add(f"{name} [dim]{escape(shared.pop())}[/]" if len(shared) == 1 else name)
        for rule in versions:
            text = rule.statement if not shared else f"{rule.statement} {rule.authority}"
            mine.add(_version(rule, text, state_of(rule, found)))


def _version(rule: Rule, text: str, state: str) -> str:
    until = f" to {rule.valid_to}" if rule.valid_to else ""
    if state == "in force":
        return f"{escape(text)} [dim]since {rule.valid_from}{until}[/]"
    return f"[dim]{escape(text)} {state}, {rule.valid_from}{until or ' on'}[/]"


def state_of(rule: Rule, found: Explanation) -> str:
    """Return whether a version is in force on the day of the explanation, earlier or later."""
    if rule.is_in_force(found.on):
        return "in force"
    return "later version" if rule.valid_from > found.on else "earlier version"


def _add_models(branch: Tree, lineage: Lineage, node: Node, told: set[str]) -> None:
    """Add ``node`` and what it reads; a model that was told before is only named again."""
    name = f"[cyan]{node.name}[/]" if node.kind == "source" else node.name
    if node.name in told:
        branch.add(f"{name} [dim](above)[/]")
        return
    told.add(node.name)
    mine = branch.add(f"{name} [dim]{escape(first_sentence(node.description))}[/]")
    for parent in node.parents:
        if lineage.nodes[parent].kind != "seed":
            _add_models(mine, lineage, lineage.nodes[parent], told)


def first_sentence(text: str) -> str:
    """Return the first sentence of a description: the grain of a model."""
    return text.removeprefix("Grain: ").split(". ")[0].rstrip(".")


def _add_datasets(tree: Tree, found: Explanation) -> None:
    of = "" if found.agency_code is None else f" of agency {found.agency_code}"
    branch = tree.add(f"[bold]Datasets[/] and the submissions{of} that count")
    if not found.datasets:
        branch.add("none: the table is not made from what agencies send")
    for dataset in found.datasets:
        mine = branch.add(
            f"{dataset.name} [dim]{escape(dataset.title)}[/]{_counts(found, dataset)}"
        )
        for one in dataset.shown:
            mine.add(_submission(one))
        if dataset.shown and dataset.submissions > len(dataset.shown):
            mine.add(f"[dim]and {number(dataset.submissions - len(dataset.shown))} earlier ones[/]")


def _counts(found: Explanation, dataset: Dataset) -> str:
    if found.publication is None:
        return ""
    if not dataset.submissions:
        return ": none"
    text = f": {number(dataset.submissions)} submission" + "s" * (dataset.submissions > 1)
    if found.agency_code is None:
        text += f" of {number(dataset.agencies)} agencies"
    if dataset.carried_forward:
        text += f", {number(dataset.carried_forward)} carried forward from an earlier month"
    return text


def _submission(one: Submission) -> str:
    received = one.received_at.replace(tzinfo=UTC).astimezone(JAKARTA)
    carried = ", [yellow]carried forward[/]" if one.is_carried_forward else ""
    return (
        f"{one.submission_id} of {one.period}, received {received:%Y-%m-%d %H:%M} WIB, revision "
        f"{one.revision}: {number(one.rows_accepted)} of {number(one.rows_read)} rows accepted, "
        f"{number(one.rows_rejected)} rejected{carried}"
    )


def as_json(found: Explanation) -> dict[str, Any]:
    """Return the explanation for a program; times are UTC."""
    publication, values = found.publication, found.values
    column = found.column
    return {
        "mart": found.mart.name,
        "column": column.name,
        "label_id": column.label_id,
        "label_en": column.label_en,
        "data_type": column.data_type,
        "description": column.description,
        "restricted": found.mart.restricted,
        "period": str(publication.period) if publication else None,
        "version": publication.version if publication else None,
        "agency": found.agency_code,
        "values": None
        if values is None
        else {
            "rows": values.rows,
            "with_value": values.known,
            "shown": [
                dict(zip((*values.keys, column.name), row, strict=True)) for row in values.shown
            ],
        },
        "rules": [
            {
                "rule_id": rule.rule_id,
                "rule_set": rule.rule_set,
                "item": rule.item,
                "value": rule.value,
                "unit": rule.unit,
                "note": rule.note,
                "source": rule.source,
                "mark": rule.mark,
                "mark_means": label("mark", rule.mark),
                "valid_from": rule.valid_from,
                "valid_to": rule.valid_to,
                "state": state_of(rule, found),
            }
            for rule in found.rules
        ],
        "models": [
            {
                "name": node.name,
                "kind": node.kind,
                "layer": node.layer,
                "reads": list(node.parents),
                "description": first_sentence(node.description),
            }
            for node in found.lineage.upstream(found.mart.name)
        ],
        "datasets": [_dataset_json(dataset) for dataset in found.datasets],
    }


def _dataset_json(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "agencies": dataset.agencies,
        "submissions": dataset.submissions,
        "carried_forward": dataset.carried_forward,
        "shown": [_moment(vars(one)) for one in dataset.shown],
    }


def _moment(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() + "Z" if isinstance(v, datetime) else v for k, v in row.items()}
