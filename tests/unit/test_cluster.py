"""A cluster of this machine: what is said where it cannot start, and what is kept of it."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from asn_warehouse import cli, cluster
from asn_warehouse.cluster import Cluster, Process
from asn_warehouse.engines import spark, thrift
from asn_warehouse.errors import ConfigurationError, UsageError
from asn_warehouse.settings import Settings, get_settings

COMMANDS = ("start", "stop", "status")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ASN_HOME", str(tmp_path))
    for name in ("ASN_SPARK_HOST", "ASN_SPARK_PORT", "ASN_SPARK_TABLES"):
        monkeypatch.delenv(name, raising=False)
    return get_settings()


def known(settings: Settings, *processes: Process) -> Cluster:
    """Leave the state of a cluster behind, as ``start`` does."""
    left = Cluster(1, 2, 3, processes)
    settings.spark_home.mkdir(parents=True)
    (settings.spark_home / "cluster.json").write_text(json.dumps(asdict(left)))
    return left


def test_without_java_it_is_said_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "spark_home", lambda: Path("/nowhere"))
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(ConfigurationError, match=r"Java 17.*apt-get install openjdk-17-jre"):
        cluster.start(settings)
    assert not settings.spark_home.exists()


def test_without_the_packages_it_is_said_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="make spark-install"):
        cluster.start(settings)


def test_a_target_without_a_cluster_says_what_to_set(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"ASN_SPARK_HOST .* `asn cluster start`"):
        spark.place(settings)
    named = settings.model_copy(update={"spark_host": "spark.example.go.id", "spark_port": 10001})
    assert spark.place(named) == ("spark.example.go.id", 10001)
    known(settings)
    assert spark.place(settings) == ("127.0.0.1", 1)


def test_a_name_and_a_text_cannot_end_their_statement() -> None:
    assert thrift.name("a`b") == "`a``b`"
    assert thrift.literal("a'b\\") == "'a\\'b\\\\'"


def test_stop_ends_what_was_started_and_nothing_else(settings: Settings) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours, others = subprocess.Popen(sleep), subprocess.Popen(sleep)
    try:
        born = psutil.Process(ours.pid).create_time()
        mine = Process("worker 1", ours.pid, born)
        reused = Process("worker 2", others.pid, born - 3600)
        gone = Process("master", 2**22 - 1, born)
        left = known(settings, gone, mine, reused)
        assert cluster.known(settings) == left
        assert cluster.status(settings, left).running == {
            "master": False,
            "worker 1": True,
            "worker 2": False,
        }
        assert cluster.stop(settings) == 1
        assert not psutil.pid_exists(ours.pid) and others.poll() is None
        assert cluster.known(settings) is None
        assert cluster.stop(settings) == 0
    finally:
        for process in (ours, others):
            process.kill()
            process.wait()


def test_what_is_kept_of_a_cluster_is_private(settings: Settings) -> None:
    made = Cluster(1, 2, 3)
    cluster._make_folder(settings.spark_home)
    written = cluster._properties(settings, made, 2)
    assert "spark.authenticate true" in written
    assert all(place not in written for place in ("0.0.0.0", "localhost"))
    assert stat.S_IMODE(settings.spark_home.stat().st_mode) == 0o700


def test_processes_of_the_cluster_do_not_learn_the_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASN_PSEUDONYM_KEY", "a key that is nobody's business at all")
    monkeypatch.setattr(cluster, "java", lambda: Path("/usr/bin/java"))
    given = cluster._environment(tmp_path, tmp_path, "256m")
    assert not [name for name in given if name.startswith("ASN_")]
    assert given["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert given["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(cli.app, ["cluster", command, "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    assert f"Example: asn cluster {command}" in " ".join(result.output.split())


def test_status_says_that_there_is_none(settings: Settings) -> None:
    result = CliRunner().invoke(cli.app, ["cluster", "status"])
    assert isinstance(result.exception, ConfigurationError)
    assert "asn cluster start" in str(result.exception)


def test_stop_says_that_there_was_none(settings: Settings) -> None:
    result = CliRunner().invoke(cli.app, ["cluster", "stop"])
    assert (result.exit_code, result.output.strip()) == (0, "No cluster was running.")
