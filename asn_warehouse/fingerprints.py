"""What tells one build from another: digests of all that turns submissions into figures."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from asn_warehouse import ops
from asn_warehouse.engines import columns
from asn_warehouse.engines.duckdb import Lake
from asn_warehouse.settings import Settings

_NOT_PROJECT = {"target", "logs", "dbt_packages", "__pycache__", ".user.yml"}


def rules_sha256(settings: Settings) -> str:
    """Return the digest of all that turns submissions into figures."""
    reference = [settings.reference / f"{name}.csv" for name in columns.REFERENCE]
    return fingerprint([settings.dbt_dir, settings.contracts_dir, *reference])


def build_id(settings: Settings, lake: Lake, rules: str) -> str:
    """Return an id that is the same whenever the same would be computed."""
    known = [
        str(lake.period),
        ops.stamp(lake.as_of),
        settings.target,
        lake.submissions,
        rules,
    ]
    return "b" + hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def fingerprint(roots: Iterable[Path]) -> str:
    """Return a digest of the names and bytes of all files under ``roots``."""
    digest = hashlib.sha256()
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in files:
            name = path.relative_to(root.parent)
            if path.is_file() and not _NOT_PROJECT & set(name.parts):
                digest.update(f"{name}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def git_revision(project: Path) -> str | None:
    """Return the commit that is checked out in ``project``; None where git cannot say."""
    # Keys and passwords are none of git's business.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASN_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(project), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            env=environment,
            timeout=10,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
