"""From a published column to the models and datasets it is made of, as dbt's manifest says.

The lineage of a publication is kept beside it (``lineage.json``), so that an old number is
explained by the project that made it; that of the project as it is now is read with dbt once for
each state of its files.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from asn_warehouse.dbt_results import layer
from asn_warehouse.files import replacing
from asn_warehouse.settings import Settings

FILE = "lineage.json"
"""Name of the lineage in the folder of a publication."""


@dataclass(frozen=True)
class Column:
    """A column of a public mart; ``rule_sets`` are entries ``set`` or ``set.item``."""

    name: str
    data_type: str
    description: str
    label_id: str
    label_en: str
    rule_sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A model, seed or source: in which layer it lies, what it says it is, what it reads.

    ``columns`` and ``grain`` are those of public marts; one that ``counts_refused`` submissions is
    about them too. A source of the lake is named
    ``lake.<dataset>``.
    """

    name: str
    kind: str
    layer: str
    topic: str
    description: str
    parents: tuple[str, ...]
    restricted: bool = False
    counts_refused: bool = False
    label_id: str = ""
    grain: tuple[str, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)


@dataclass(frozen=True)
class Lineage:
    """All nodes of the project by name."""

    nodes: dict[str, Node]

    @property
    def marts(self) -> dict[str, Node]:
        """The public marts by name."""
        return {name: node for name, node in self.nodes.items() if node.columns}

    def upstream(self, name: str) -> Iterator[Node]:
        """Yield every node that ``name`` is made of, itself first, each once."""
        seen, waiting = {name}, [name]
        while waiting:
            node = self.nodes[waiting.pop(0)]
            yield node
            fresh = [parent for parent in node.parents if parent not in seen]
            seen.update(fresh)
            waiting += fresh

    def datasets(self, name: str) -> list[str]:
        """Return the datasets that ``name`` is made of, in order; the commit log is none."""
        found = (node.name.partition(".") for node in self.upstream(name) if node.kind == "source")
        return sorted(
            name for source, _, name in found if source == "lake" and name != "submission"
        )

    def to_json(self) -> str:
        """Return the lineage as JSON text, the same for the same project."""
        rows = [asdict(node) for _, node in sorted(self.nodes.items())]
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the lineage that ``to_json`` wrote."""
        nodes = {}
        for row in json.loads(text):
            columns = {
                name: Column(**{**column, "rule_sets": tuple(column["rule_sets"])})
                for name, column in row.pop("columns").items()
            }
            row |= {"parents": tuple(row["parents"]), "grain": tuple(row["grain"])}
            nodes[row["name"]] = Node(**row, columns=columns)
        return cls(nodes)


def of_project(settings: Settings) -> Lineage:
    """Return the lineage of the dbt project as its files are now; dbt reads each state once.

    Raises:
        BuildFailed: when dbt cannot read the project.
    """
    from asn_warehouse import dbt_process
    from asn_warehouse.fingerprints import fingerprint

    state = fingerprint([settings.dbt_dir])
    folder = settings.warehouse / "lineage"
    path = folder / f"{state[:16]}.json"
    if not path.exists():
        parsed = dbt_process.parsed(settings.dbt_dir, "duckdb").writable_manifest()
        found = from_manifest(parsed.to_dict(omit_none=False))
        for stale in folder.glob("*.json"):
            stale.unlink(missing_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(found.to_json(), encoding="utf-8")
    return Lineage.from_json(path.read_text(encoding="utf-8"))


def from_manifest(manifest: dict[str, Any]) -> Lineage:
    """Return the lineage that dbt's manifest holds."""
    kinds = ("model", "seed")
    found = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in kinds}
    found |= manifest.get("sources", {})
    names = {key: _name(node) for key, node in found.items()}
    grains = {
        test["attached_node"]: tuple(test["test_metadata"]["kwargs"]["columns"])
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and (test.get("test_metadata") or {}).get("name") == "grain_is_unique"
    }
    return Lineage(
        {
            names[key]: _node(node, names, grains.get(key, ()))
            for key, node in sorted(found.items(), key=lambda pair: names[pair[0]])
        }
    )


def _name(node: dict[str, Any]) -> str:
    if node["resource_type"] == "source":
        return f"{node['source_name']}.{node['name']}"
    return str(node["alias"])


def _node(node: dict[str, Any], names: dict[str, str], grain: tuple[str, ...]) -> Node:
    path = [*node.get("fqn", ()), "", "", ""]
    meta = _meta(node)
    is_public = node["resource_type"] == "model" and layer(node) == "marts"
    parents = (node.get("depends_on") or {}).get("nodes", ())
    return Node(
        name=_name(node),
        kind=node["resource_type"],
        layer=path[1],
        topic=path[2] if path[1] == "marts" else "",
        description=" ".join(node.get("description", "").split()),
        parents=tuple(sorted(names[parent] for parent in parents if parent in names)),
        restricted=bool(meta.get("restricted")),
        counts_refused=bool(meta.get("counts_refused")),
        label_id=meta.get("label_id", ""),
        grain=grain if is_public else (),
        columns={
            name: _column(column) for name, column in node.get("columns", {}).items() if is_public
        },
    )


def _column(column: dict[str, Any]) -> Column:
    meta = _meta(column)
    return Column(
        name=column["name"],
        data_type=column.get("data_type") or "",
        description=" ".join(column.get("description", "").split()),
        label_id=meta.get("label_id", ""),
        label_en=meta.get("label_en", ""),
        rule_sets=tuple(meta.get("rule_sets", ())),
    )


def _meta(described: dict[str, Any]) -> dict[str, Any]:
    config = described.get("config") or {}
    return dict(config.get("meta") or described.get("meta") or {})
