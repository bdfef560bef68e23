"""Statements to a Spark cluster through its thrift server, beside those of dbt."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from asn_warehouse.errors import BuildFailed, ConfigurationError

SESSION = {
    f"set:hiveconf:{name}": value
    for name, value in {
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.parquet.enableVectorizedReader": "false",
    }.items()
}
"""Of our own statements; those of dbt have theirs in profiles.yml, where it is said why."""

AUTH = "LDAP"
"""How PyHive calls a name with a password; a server that asks for none takes any."""

UNASKED = "unasked"


_PATIENCE = 10


class Connection:
    """A session of the cluster."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows.

        Raises:
            BuildFailed: when Spark refuses it or fails.
        """
        from pyhive.exc import Error
        from thrift.transport.TTransport import TTransportException

        cursor = self._connection.cursor()
        try:
            cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            cursor.close()
        except (Error, TTransportException, OSError) as error:
            raise BuildFailed(f"Spark failed: {_reason(error)}") from error
        return rows


@contextmanager
def connect(
    host: str, port: int, user: str | None = None, password: str | None = None
) -> Iterator[Connection]:
    """Yield a session.

    Raises:
        ConfigurationError: when the packages are missing or the server cannot be reached.
    """
    try:
        from pyhive import hive
        from thrift.transport.TTransport import TTransportException
    except ImportError:
        raise ConfigurationError(
            "The packages of the target spark are not installed.", mend="Run `make spark-install`."
        ) from None
    try:
        # Asked before thrift does, which would write to stderr what is said below.
        socket.create_connection((host, port), timeout=_PATIENCE).close()
        opened = hive.connect(
            host=host,
            port=port,
            username=user,
            password=password or UNASKED,
            auth=AUTH,
            configuration=SESSION,
        )
    except (TTransportException, OSError) as error:
        raise ConfigurationError(
            f"Spark's thrift server at {host}:{port} cannot be reached: {error}",
            mend="Run `asn cluster status`, or look at ASN_SPARK_HOST and ASN_SPARK_PORT.",
        ) from None
    try:
        yield Connection(opened)
    finally:
        with suppress(TTransportException, OSError):
            opened.close()


def literal(value: object) -> str:
    """Return ``value`` as an SQL text literal."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(identifier: str) -> str:
    """Return an SQL identifier."""
    return "`" + identifier.replace("`", "``") + "`"


def location(path: Path) -> str:
    """Return a folder that all machines see as an SQL text literal."""
    return literal(f"file:{path}")


def answers(host: str, port: int) -> bool:
    """Return whether a thrift server computes there."""
    try:
        with connect(host, port) as connection:
            return connection.execute("select 1") == [(1,)]
    except (ConfigurationError, BuildFailed):
        return False


def _reason(error: Exception) -> str:
    """Return what the server says of an error, without its trace."""
    status = getattr(error.args[0], "status", None) if error.args else None
    said = str(getattr(status, "errorMessage", None) or error)
    return " ".join(said.split("\n\tat ")[0].split())[:1000]
