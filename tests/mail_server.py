"""A mail server on loopback that wants STARTTLS and a login, as an agency's server does."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from asn_warehouse.settings import Settings, get_settings

HOST = "localhost"
SECRET = "kata sandi surel"


class Mailbox:
    """Takes mails, each with the recipients of its envelope; takes none while ``is_full``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.is_full = False

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Take a mail, as the server asks it to."""
        if self.is_full:
            return "452 Requested action not taken: insufficient system storage"
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, message))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A running server, and the environment that points to it; ``settings`` are of that."""
    key, certificate = _certificate(tmp_path, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "SSL_CERT_FILE": str(certificate),
        "ASN_HOME": str(tmp_path / "home"),
        "ASN_DELIVERY": "mailto:data@bkn.go.id",
        "ASN_SMTP_HOST": HOST,
        "ASN_SMTP_PORT": str(port),
        "ASN_SMTP_USER": "asn",
        "ASN_SMTP_PASSWORD": SECRET,
        "ASN_SMTP_FROM": "laporan@asn.go.id",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    box = Mailbox(get_settings())
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=_authenticate,
        auth_required=True,
    )
    controller.start()
    yield box
    controller.stop()


def _authenticate(server: SMTP, session: Any, envelope: Any, mechanism: str, login: Any) -> Any:
    is_right = (login.login, login.password) == (b"asn", SECRET.encode())
    return AuthResult(success=is_right, handled=is_right)


def _certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a key and a certificate for ``host`` into ``folder``; returns both paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "cert.pem"
    paths[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    paths[1].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return paths
