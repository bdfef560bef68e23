"""What a peer is told: where files lie and which columns the models ask for; and what it tells."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

PROFILES = Path(__file__).parent


class File(NamedTuple):
    """A landed file; ``received_at`` in UTC, ISO 8601 without a zone."""

    agency: str
    dataset: str
    path: str
    received_at: str


class Task:
    """The task of ``argv[1]``, a JSON file, and the seconds of each stage of doing it."""

    def __init__(self) -> None:
        """Read it."""
        told: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
        self.project, self.home, self.out = (Path(told[n]) for n in ("project", "home", "out"))
        self.dsn: str = told["dsn"]
        self.to_sql: bool = told["to_sql"]
        self.period: str = told["period"]
        self.files = [File(*file) for file in told["files"]]
        self.columns: dict[str, dict[str, tuple[str | None, str, float | None]]] = told["columns"]
        """By dataset and column of the file: name in the models (null: none), type, and default."""
        self.derived: dict[str, dict[str, tuple[str, str]]] = told["derived"]
        """By dataset and column that admission computes: DuckDB type and expression."""
        self.reference: dict[str, dict[str, str]] = told["reference"]
        self.submission: dict[str, str] = told["submission"]
        self.seconds: dict[str, float] = {}

    @property
    def as_of(self) -> str:
        """When the last file was received."""
        return max(file.received_at for file in self.files)

    def of(self, dataset: str) -> list[File]:
        """Return the files of a dataset."""
        return [file for file in self.files if file.dataset == dataset]

    def submission_id(self, file: File) -> str:
        """Return what tells the rows of a file from others."""
        return f"{self.period}-{file.agency}-{file.dataset}"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 2)

    def dbt_build(self, target: str, environment: dict[str, str]) -> None:
        """Run ``dbt build`` of the whole project without its unit tests, which prove no month.

        Raises:
            CalledProcessError: when a model or a test failed; dbt has said which.
        """
        given = {"period": f"{self.period}-01", "as_of": self.as_of.replace("T", " ")}
        project = self.project / "dbt_project"
        subprocess.run(
            [
                Path(sys.executable).with_name("dbt"), "--quiet", "build",
                "--project-dir", project, "--profiles-dir", PROFILES, "--target", target,
                "--target-path", self.out / "target", "--log-path", self.out / "logs",
                "--vars", json.dumps(given), "--exclude-resource-type", "unit_test",
            ],
            check=True, stdout=sys.stderr, env={**os.environ, **environment},
        )  # fmt: skip

    def done(self) -> None:
        """Tell the seconds."""
        print(json.dumps(self.seconds))
