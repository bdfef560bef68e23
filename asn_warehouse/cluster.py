"""A Spark cluster of this machine alone, for tests and trials: master, workers, thrift server.

It is started from the wheel of pyspark, listens on loopback, keeps all it writes below
``ASN_HOME/spark`` and ends by ``stop``. A shared installation names a cluster of its own.
"""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from asn_warehouse.engines import thrift
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.files import write_private
from asn_warehouse.serving.temporary import free_port
from asn_warehouse.settings import Settings

HOST = "127.0.0.1"
WORKERS = 2

_PATIENCE = 120.0
"""Seconds in which each part of the cluster must be ready."""

_GRACE = 20.0
_DAEMON_MEMORY = "256m"
_HASTY = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
"""For programs that run for minutes: a better compiler would not earn its time back."""

_MASTER, _THRIFT = "master", "thrift server"
_PACKAGE = "org.apache.spark"
_LOG_LINES = 5


@dataclass(frozen=True)
class Process:
    """A process of the cluster; ``created`` tells it from a later one with the same id."""

    name: str
    pid: int
    created: float


@dataclass(frozen=True)
class Cluster:
    """A cluster that was started: where its thrift server and its master's page listen."""

    port: int
    master_port: int
    page_port: int
    processes: tuple[Process, ...] = ()


@dataclass(frozen=True)
class Status:
    """What answers of a cluster: its processes by name, its workers, its thrift server."""

    cluster: Cluster
    running: dict[str, bool]
    workers: int
    answers: bool

    @property
    def is_whole(self) -> bool:
        """Return whether all of it works."""
        return self.answers and all(self.running.values())


def start(settings: Settings, workers: int = WORKERS) -> Cluster:
    """Start a cluster and return it when it computes; one that runs already is left as it is.

    Raises:
        ConfigurationError: when Java or pyspark is missing, or a part does not become ready.
    """
    found = known(settings)
    if found is not None:
        if status(settings, found).is_whole:
            return found
        stop(settings)
    home = spark_home()
    java()
    folder = settings.spark_home
    _make_folder(folder)
    cluster = Cluster(free_port(), free_port(), free_port())
    write_private(folder / "spark.conf", _properties(settings, cluster, workers))
    try:
        for name, command in _commands(settings, cluster, workers):
            memory = settings.spark_driver_memory if name == _THRIFT else _DAEMON_MEMORY
            process = _launch(folder, home, name, memory, command)
            cluster = replace(cluster, processes=(*cluster.processes, process))
            write_private(_state(settings), json.dumps(asdict(cluster), indent=2) + "\n")
            if name == _MASTER:
                _wait(folder, process, partial(_has_workers, cluster, 0))
        for process in cluster.processes:
            if process.name == _THRIFT:
                _wait(folder, process, partial(thrift.answers, HOST, cluster.port))
            elif process.name != _MASTER:
                _wait(folder, process, partial(_has_workers, cluster, workers))
    except BaseException:
        stop(settings)
        raise
    return cluster


def stop(settings: Settings) -> int:
    """End the processes that ``start`` started, and nothing else; return how many ran."""
    import psutil

    found = known(settings)
    if found is None:
        return 0
    ours = [running for one in reversed(found.processes) if (running := _running(one)) is not None]
    all_of_them = [*ours, *(child for one in ours for child in one.children(recursive=True))]
    for running in ours:
        with suppress(psutil.Error):
            running.terminate()
            running.wait(_GRACE)
    for left in psutil.wait_procs(all_of_them, timeout=_GRACE)[1]:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    _state(settings).unlink(missing_ok=True)
    for scratch in ("scratch", "work"):
        shutil.rmtree(settings.spark_home / scratch, ignore_errors=True)
    return len(ours)


def status(settings: Settings, cluster: Cluster) -> Status:
    """Return what answers of ``cluster``."""
    running = {process.name: _running(process) is not None for process in cluster.processes}
    answers = running.get(_THRIFT, False) and thrift.answers(HOST, cluster.port)
    return Status(cluster, running, _alive_workers(cluster) or 0, answers)


def known(settings: Settings) -> Cluster | None:
    """Return the cluster that was started over this home, whether it still runs or not."""
    path = _state(settings)
    if not path.exists():
        return None
    row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    processes = tuple(Process(**process) for process in row.pop("processes"))
    return Cluster(**row, processes=processes)


def spark_home() -> Path:
    """Return the folder of Spark's programs: that of the wheel.

    Raises:
        ConfigurationError: when it is not installed.
    """
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise ConfigurationError(
            "The packages of the target spark are not installed.", mend="Run `make spark-install`."
        )
    return Path(found.origin).parent


def java() -> Path:
    """Return the program ``java``.

    Raises:
        ConfigurationError: when there is none.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if found is None:
        raise ConfigurationError(
            "Spark needs Java 17, and there is none on this machine.",
            mend="Install it (Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME.",
        )
    return Path(found)


def _commands(
    settings: Settings, cluster: Cluster, workers: int
) -> Iterator[tuple[str, list[str]]]:
    """Yield name and arguments of every process, in the order in which they start."""
    folder = settings.spark_home
    configured = ["--properties-file", str(folder / "spark.conf")]
    ports = ["--port", str(cluster.master_port), "--webui-port", str(cluster.page_port)]
    kind = f"{_PACKAGE}.deploy.master.Master"
    yield _MASTER, ["spark-class", kind, "--host", HOST, *ports, *configured]
    of_worker = ["--host", HOST, "--webui-port", "0", "--cores", "1"]
    of_worker += ["--memory", settings.spark_executor_memory, "--work-dir", str(folder / "work")]
    kind = f"{_PACKAGE}.deploy.worker.Worker"
    for number in range(1, workers + 1):
        yield (
            f"worker {number}",
            ["spark-class", kind, *of_worker, *configured, _master_url(cluster)],
        )
    kind = f"{_PACKAGE}.sql.hive.thriftserver.HiveThriftServer2"
    yield _THRIFT, ["spark-submit", *configured, "--class", kind, "spark-internal"]


def _properties(settings: Settings, cluster: Cluster, workers: int) -> str:
    """Return the configuration of all processes; it holds the secret that they know each other by.

    Small data on few cores: few partitions, no page, no compiled plans that run once.
    """
    folder = settings.spark_home
    log = f"'-Dderby.stream.error.file={folder / 'derby.log'}'"
    chosen = {
        "spark.master": _master_url(cluster),
        "spark.authenticate": "true",
        "spark.authenticate.secret": secrets.token_hex(32),
        "spark.master.rest.enabled": "false",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.extraJavaOptions": f"{log} -Dderby.system.durability=test {_HASTY}",
        "spark.executor.extraJavaOptions": _HASTY,
        "spark.executor.memory": settings.spark_executor_memory,
        "spark.executor.cores": "1",
        "spark.cores.max": str(workers),
        "spark.local.dir": str(folder / "scratch"),
        "spark.log.level": "WARN",
        "spark.ui.enabled": "false",
        "spark.scheduler.mode": "FAIR",
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": f"file:{settings.spark_tables}",
        "spark.sql.shuffle.partitions": str(workers),
        "spark.sql.autoBroadcastJoinThreshold": "32m",
        "spark.sql.maxPlanStringLength": "1000",
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
        ),
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.hive.server2.thrift.bind.host": HOST,
        "spark.hadoop.hive.server2.thrift.port": str(cluster.port),
        "spark.hadoop.hive.exec.scratchdir": str(folder / "scratch" / "hive"),
    }
    return "".join(f"{name} {value}\n" for name, value in chosen.items())


def _launch(folder: Path, home: Path, name: str, memory: str, command: list[str]) -> Process:
    """Start a process that outlives this one; its log begins anew."""
    import psutil

    program = home / "bin" / command[0]
    private = os.open(_log(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "wb") as log:
        started = subprocess.Popen(
            [str(program), *command[1:]],
            cwd=folder,
            env=_environment(folder, home, memory),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(name, started.pid, psutil.Process(started.pid).create_time())


def _environment(folder: Path, home: Path, memory: str) -> Mapping[str, str]:
    """Return what Spark's programs read; nothing of ours, least of all the pseudonyms' key."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "JAVA_HOME": str(java().resolve().parents[1]),
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_HOSTNAME": HOST,
        "SPARK_DAEMON_MEMORY": memory,
        "TZ": "UTC",
    }


def _wait(folder: Path, process: Process, is_ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_ready():
        if _running(process) is None or time.monotonic() > end:
            raise ConfigurationError(
                f"Spark's {process.name} did not start: {_complaint(_log(folder, process.name))}",
                mend=f"Read {_log(folder, process.name)}.",
            )
        time.sleep(0.2)


def _complaint(log: Path) -> str:
    """Return the first error of a log and what follows it, without traces; else its end."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if not line.startswith(("\tat ", "\t..."))]
    first = next((at for at, line in enumerate(told) if " ERROR " in line), -_LOG_LINES)
    return " / ".join(told[first:][:_LOG_LINES])


def _has_workers(cluster: Cluster, wanted: int) -> bool:
    return _alive_workers(cluster) == wanted


def _alive_workers(cluster: Cluster) -> int | None:
    """Return how many workers the master counts, or None where it does not answer."""
    try:
        with urlopen(f"http://{HOST}:{cluster.page_port}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except OSError:
        return None


def _running(process: Process) -> Any:
    """Return the process of the system if it is still the one that was started."""
    import psutil

    with suppress(psutil.Error):
        found = psutil.Process(process.pid)
        if found.create_time() == process.created and found.status() != psutil.STATUS_ZOMBIE:
            return found
    return None


def _master_url(cluster: Cluster) -> str:
    return f"spark://{HOST}:{cluster.master_port}"


def _state(settings: Settings) -> Path:
    return settings.spark_home / "cluster.json"


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '_')}.log"


def _make_folder(folder: Path) -> None:
    for path in (folder, folder / "conf", folder / "scratch", folder / "work"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
