"""From an audited candidate to the files of a version, exact and protected; nothing is served."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from asn_warehouse import archive, build, changes, lineage
from asn_warehouse.archive import Mart, Version
from asn_warehouse.build import BuildContext
from asn_warehouse.dbt_results import read_manifest
from asn_warehouse.files import sync
from asn_warehouse.lineage import Lineage
from asn_warehouse.reference import agency_types_in_force
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.safe_marts.past import Past


@dataclass(frozen=True)
class Export:
    """The exact marts of a candidate in ``folder``, and how the project made them."""

    folder: Path
    marts: tuple[Mart, ...]
    made: Lineage

    @property
    def content_sha256(self) -> str:
        """The digest of the content."""
        return archive.content_sha256(self.marts)


def export(settings: Settings, context: BuildContext, folder: Path) -> Export:
    """Write the marts of the candidate into ``folder``.

    Raises:
        PublishConflict: when they are not those of the project, or hold another month.
    """
    restricted = {
        name: bool(meta.get("restricted")) for name, meta in build.models(context, "marts").items()
    }
    made = lineage.from_manifest(read_manifest(context.target_dir))
    grains = {name: node.grain for name, node in made.nodes.items()}
    marts = archive.export(settings, context.database, context.period, restricted, folder, grains)
    return Export(folder, marts, made)


def describe(
    settings: Settings,
    context: BuildContext,
    exported: Export,
    *,
    number: int,
    published_at: datetime,
    replaces: Version | None,
    known: "Past",
    done: Callable[[str], None],
) -> Version:
    """Write beside the exact marts what belongs to a version, and return the version.

    That is: what it changes against the one that is served, how it was made, and schemas ``safe``
    and ``open``, which give nothing away beside what is known.

    Args:
        settings: where things live, and the thresholds.
        context: the candidate.
        exported: its exact marts.
        number: of the version.
        published_at: when it was published (UTC).
        replaces: the version that is served of its month.
        known: the versions beside which nothing hidden may be told.
        done: told the name of each step when it is done.

    Raises:
        PublishConflict: when the month cannot be protected, or a file of the past was changed.
    """
    from asn_warehouse.safe_marts import files as safe_files

    folder = exported.folder
    version = Version(
        period=context.period,
        version=number,
        build_id=context.build_id,
        as_of=context.as_of,
        published_at=published_at,
        replaces=replaces.version if replaces else None,
        content_sha256=exported.content_sha256,
        marts=exported.marts,
        rules_sha256=context.rules_sha256,
        warnings=tuple(build.notes(context, "gate_marts").get("warnings", ())),
        agency_types=agency_types_in_force(settings, context.period),
    )
    path = folder / lineage.FILE
    path.write_text(exported.made.to_json(), encoding="utf-8")
    sync(path)
    extras = changes.write(settings, context, folder, version, replaces, exported.made)
    done("compared")
    version = replace(
        version,
        extras=extras,
        protected=safe_files.write(settings, exported.marts, folder, known),
        thresholds=safe_files.thresholds(settings),
        left_out=safe_files.left_out(folder),
        protection_sha256=safe_files.digest(settings, exported.marts),
    )
    done("protected")
    return version
