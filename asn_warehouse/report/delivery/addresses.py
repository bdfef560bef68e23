"""Where reports are delivered: the addresses of ``ASN_DELIVERY``, none of which holds a secret."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import Settings

Kind = Literal["folder", "store", "mail"]
_STORES = ("s3", "gs")
_MAILBOX = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_MEND = (
    "Write file:///srv/bkn, s3://bucket/prefix, gs://bucket/prefix or mailto:nama@bkn.go.id,"
    " separated by commas; secrets belong into variables of their own."
)


@dataclass(frozen=True)
class Target:
    """One place: its kind, its address as people read it, and the part that its code needs."""

    kind: Kind
    address: str
    place: str

    @property
    def folder(self) -> Path:
        """The folder of a target that is one."""
        return Path(self.place)


def of(settings: Settings) -> list[Target]:
    """Return the targets in the order in which they are written; default the report folder itself.

    Raises:
        ConfigurationError: when one is wrong, or mail has no server.
    """
    addresses = [part.strip() for part in settings.delivery.split(",") if part.strip()]
    if not addresses:
        return [Target("folder", settings.report.as_uri(), str(settings.report))]
    return [parse(settings, address) for address in dict.fromkeys(addresses)]


def parse(settings: Settings, address: str) -> Target:
    """Return the target that ``address`` names.

    Raises:
        ConfigurationError: when it names none, or mail has no server.
    """
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query or parts.fragment:
        # Not repeated: what is wrong here may be a password.
        raise ConfigurationError(
            f"An address of ASN_DELIVERY ({parts.scheme}://…) holds more than a place.", mend=_MEND
        )
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Target("folder", address, unquote(parts.path))
    if parts.scheme in _STORES and parts.netloc:
        return Target("store", address.rstrip("/"), address.rstrip("/"))
    if parts.scheme == "mailto" and _MAILBOX.fullmatch(parts.path):
        if not settings.smtp_host:
            raise ConfigurationError(
                f"{address} needs a mail server.", mend="Set ASN_SMTP_HOST and ASN_SMTP_FROM."
            )
        return Target("mail", address, parts.path)
    raise ConfigurationError(f"{address!r} is no target of ASN_DELIVERY.", mend=_MEND)
