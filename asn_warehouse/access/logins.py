"""Logins of agencies: a password is set, or taken away, and never written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from asn_warehouse import audit
from asn_warehouse.access.declaration import agency_role
from asn_warehouse.errors import ConfigurationError, UsageError
from asn_warehouse.reference import read_reference
from asn_warehouse.settings import Settings

SHORTEST = 16
_FEWEST_CHARACTERS = 8
_OFTEN_TRIED = ("password", "katasandi", "rahasia", "qwerty", "12345", "asn_agency")


def checked_password(password: str) -> str:
    """Return ``password`` if it may be used; no message repeats it.

    Raises:
        UsageError: when it is empty, short, monotonous or of words that are tried first.
    """
    problem = ""
    if not password:
        problem = "A password is needed."
    elif len(password) < SHORTEST:
        problem = f"The password has fewer than {SHORTEST} characters."
    elif password != password.strip() or not password.isprintable():
        problem = "The password begins or ends with a space, or has characters that do not print."
    elif len(set(password)) < _FEWEST_CHARACTERS:
        problem = f"The password has fewer than {_FEWEST_CHARACTERS} different characters."
    elif any(word in password.lower() for word in _OFTEN_TRIED):
        problem = "The password has a part that is tried first."
    if problem:
        raise UsageError(problem, mend="Take a random one: openssl rand -base64 24")
    return password


def open_login(settings: Settings, code: str, password: str) -> str:
    """Let the agency ``code`` sign in with ``password``; return the name of its login.

    The server is told a SCRAM verifier, so the password is not in its log either.

    Raises:
        UsageError: when the password is weak, or there is no such agency.
        ConfigurationError: when the DSN's user may not do it, or `asn grant` was not run.
    """
    role = _role_of(settings, code)
    checked_password(password)
    with _administrator(settings) as connection:
        verifier = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(
            sql.SQL("alter role {} login password {}").format(
                sql.Identifier(role), sql.Literal(verifier)
            )
        )
    audit.record(settings, "grant", details=f"{role} may sign in")
    return role


def close_login(settings: Settings, code: str) -> str:
    """Let the agency ``code`` sign in no more, and end its sessions; return the login's name.

    Raises:
        UsageError: when there is no such agency.
        ConfigurationError: when the DSN's user may not do it, or `asn grant` was not run.
    """
    role = _role_of(settings, code)
    with _administrator(settings) as connection:
        connection.execute(
            sql.SQL("alter role {} nologin password null").format(sql.Identifier(role))
        )
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [role]
        )
    audit.record(settings, "grant", details=f"{role} may not sign in")
    return role


def _role_of(settings: Settings, code: str) -> str:
    role = agency_role(code)
    if code not in {row["kode_instansi"] for row in read_reference(settings, "instansi")}:
        raise UsageError(
            f"There is no agency {code}.", mend=f"{settings.reference}/instansi.csv lists them."
        )
    return role


@contextmanager
def _administrator(settings: Settings) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    if settings.postgres_dsn is None:
        raise ConfigurationError("No PostgreSQL is configured.", mend="Set ASN_POSTGRES_DSN.")
    try:
        with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
            yield connection
    except psycopg.errors.UndefinedObject as error:
        raise ConfigurationError(
            "The agency has no role yet.", mend="Run `asn grant` first."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"PostgreSQL refused: {error.diag.message_primary}", mend="Let an administrator do it."
        ) from error
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            "The PostgreSQL of ASN_POSTGRES_DSN does not answer.",
            mend="Check the DSN and that the server runs.",
        ) from error
