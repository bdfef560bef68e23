"""The candidate of a month: what is being built, where it lies, and which steps it has passed."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from asn_warehouse.errors import BuildFailed
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


@dataclass(frozen=True)
class BuildContext:
    """One candidate: which month, as known when, computed by which rules, and where it lies."""

    build_id: str
    home: Path
    period: Period
    as_of: datetime
    database: Path
    target_dir: Path
    dbt_dir: Path
    engine: str
    git_revision: str | None
    prepared_at: datetime
    dbt_vars: dict[str, str]
    attempt: str = ""
    rules_sha256: str = ""

    @property
    def directory(self) -> Path:
        """The folder of this candidate."""
        return self.database.parent

    @property
    def journal(self) -> Path:
        """What dbt ran in this build, one line per run."""
        return self.directory / "results.jsonl"

    def to_json(self) -> str:
        """Return the context as JSON text."""
        row = asdict(self) | {"period": str(self.period)}
        return json.dumps(row, indent=2, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the context that ``to_json`` wrote."""
        row: dict[str, Any] = json.loads(text)
        row["period"] = Period.parse(row["period"])
        for name in ("as_of", "prepared_at"):
            row[name] = datetime.fromisoformat(row[name])
        for name in ("home", "database", "target_dir", "dbt_dir"):
            row[name] = Path(row[name])
        return cls(**row)


def load_context(settings: Settings, period: Period) -> BuildContext:
    """Return the context of the candidate of ``period``.

    Raises:
        BuildFailed: when none was prepared.
    """
    path = directory_of(settings, period) / "build.json"
    if not path.exists():
        raise BuildFailed(
            f"No build of {period} was prepared.", mend=f"Run `asn build --period {period}`."
        )
    return BuildContext.from_json(path.read_text(encoding="utf-8"))


def assert_current(context: BuildContext) -> None:
    """Assert that nobody prepared the period anew since: the candidate is still this build's.

    Raises:
        BuildFailed: when somebody did.
    """
    path = context.directory / "build.json"
    if not path.exists() or BuildContext.from_json(path.read_text("utf-8")) != context:
        raise BuildFailed(
            f"Another build of {context.period} was prepared since this one.",
            mend="Let one of them end, then run the month again.",
        )


def mark(context: BuildContext, step: str, **details: object) -> None:
    """Note in the candidate's folder that ``step`` was passed by this very build, and how.

    Raises:
        BuildFailed: when the period was prepared anew since.
    """
    assert_current(context)
    path = context.directory / f"{step}.passed.json"
    path.write_text(
        json.dumps({"build_id": context.build_id, **details}, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )


def is_marked(context: BuildContext, step: str) -> bool:
    """Return whether this very build passed ``step``."""
    return notes(context, step).get("build_id") == context.build_id


def notes(context: BuildContext, step: str) -> dict[str, Any]:
    """Return what ``mark`` noted when ``step`` was last passed; empty when it never was."""
    path = context.directory / f"{step}.passed.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def directory_of(settings: Settings, period: Period, purpose: str = "") -> Path:
    """Return the folder of the candidate of ``period``; those of another purpose lie apart."""
    return settings.warehouse / "build" / purpose / str(period)
