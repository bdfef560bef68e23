"""Object stores through fsspec: whatever their libraries raise becomes one error of the project."""

from collections.abc import Iterator
from contextlib import contextmanager

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from asn_warehouse.errors import AsnError, ConfigurationError


@contextmanager
def reaching(
    url: str, what: str, setting: str, kind: type[AsnError] = ConfigurationError
) -> Iterator[tuple[AbstractFileSystem, str]]:
    """Yield an object store and a place in it.

    Args:
        url: the place.
        what: what it is, for the message.
        setting: the variable that names it, for who mends it.
        kind: the error that is raised.

    Raises:
        AsnError: of that kind, when the store does not answer or does not let us in.
    """
    try:
        # A listing that was kept would hide what has come since.
        yield url_to_fs(url.rstrip("/"), use_listings_cache=False)
    except AsnError:
        raise
    except Exception as error:  # every store has errors of its own
        raise kind(
            f"{what} {url} cannot be reached ({type(error).__name__}: {error}).",
            mend=f"Check {setting}; for s3:// also AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and"
            " AWS_ENDPOINT_URL. For gs:// the package gcsfs must be installed.",
        ) from error
