"""Superset in its own environment: prepared, started, and ended with all its processes."""

import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import PROJECT_DIR

HERE = PROJECT_DIR / "bi" / "superset"
ENVIRONMENT = PROJECT_DIR / ".venv-bi"
_STARTS_WITHIN = 120


@dataclass(frozen=True)
class Account:
    """Who signs in to Superset; without a password an account that is there keeps its own."""

    name: str
    label: str
    role: str
    password: str | None


class Superset:
    """An installation of Superset whose own data lie in ``home``, 0700."""

    def __init__(self, home: Path, environment: Path = ENVIRONMENT) -> None:
        self.home, self._programs = home, environment / "bin"
        if not (self._programs / "superset").exists():
            raise ConfigurationError(
                f"Superset is not installed in {environment}.", mend="`make bi` installs it."
            )
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        if not (home / "secret_key").exists():
            write_secret(home / "secret_key", secrets.token_urlsafe(48))

    @property
    def log(self) -> Path:
        """What Superset says."""
        return self.home / "superset.log"

    def prepare(self, logins: Mapping[str, Any], accounts: Sequence[Account]) -> Iterator[str]:
        """Make database, roles, dashboards and accounts; yield the name of each step before it.

        Raises:
            ConfigurationError: names the step that failed and the log.
        """
        write_secret(self.home / "logins.json", json.dumps(logins))
        yield "Superset's own database"
        self._run("superset", "db", "upgrade")
        yield "roles"
        self._run("superset", "init")
        yield "dashboards"
        self._run("superset", "import-directory", "-o", str(HERE / "assets"))
        yield "accounts"
        wanted = {"accounts": [vars(account) for account in accounts]}
        self._run("python", str(HERE / "accounts.py"), said=json.dumps(wanted))

    @contextmanager
    def running(self, port: int) -> Iterator[subprocess.Popen[bytes]]:
        """Yield the process that serves on loopback; it and its children end with the block.

        Raises:
            ConfigurationError: when it does not start.
        """
        command = [
            str(self._programs / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--workers", "2",
            "--threads", "8", "--worker-class", "gthread", "--timeout", "120",
            "superset.app:create_app()",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, env=self._environment(), cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(process, port)
            yield process
        finally:
            _end(process)

    def _wait(self, process: subprocess.Popen[bytes], port: int) -> None:
        end = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < end and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        raise ConfigurationError("Superset did not start.", mend=f"See {self.log}.")

    def _run(self, program: str, *arguments: str, said: str = "") -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(
                [self._programs / program, *arguments], input=said.encode(), cwd=self.home,
                env=self._environment(), stdout=log, stderr=log, check=False,
            )  # fmt: skip
        if done.returncode:
            what = " ".join((program, *arguments[:1]))
            raise ConfigurationError(
                f"`{what}` ended with code {done.returncode}.", mend=f"See {self.log}."
            )

    def _environment(self) -> dict[str, str]:
        """Return what Superset needs: none of our own variables, least of all the DSN."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ASN_", "PYTHON", "AIRFLOW", "FLASK", "SUPERSET"))
        }
        return {
            **kept,
            "PATH": f"{self._programs}:{os.environ.get('PATH', '')}",
            "ASN_BI_HOME": str(self.home),
            "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
            "FLASK_APP": "superset.app:create_app()",
            "SCARF_ANALYTICS": "false",
            "DO_NOT_TRACK": "1",
        }


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(0o600)
    partial.write_text(text, encoding="utf-8")
    partial.rename(path)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
