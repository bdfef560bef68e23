"""Mail through the operator's server: encrypted unless the operator says otherwise."""

import smtplib
import ssl
from email.message import EmailMessage

from asn_warehouse.errors import ConfigurationError, DeliveryFailed
from asn_warehouse.settings import Settings

_TIMEOUT_SECONDS = 60


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand ``message`` to the server for all that stand in its ``To``.

    Certificates are checked against those of the system, or of ``SSL_CERT_FILE``.

    Raises:
        ConfigurationError: when no server or no sender is set.
        DeliveryFailed: when the server does not answer, cannot be trusted, or refuses the mail.
    """
    if not settings.smtp_host or not message["From"]:
        raise ConfigurationError(
            "Mail needs a server and a sender.", mend="Set ASN_SMTP_HOST and ASN_SMTP_FROM."
        )
    try:
        with _connection(settings) as server:
            if settings.smtp_user and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise _failure(settings, f"{type(error).__name__}: {error}") from error
    if refused:
        raise _failure(settings, f"refused for {', '.join(sorted(refused))}")


def _connection(settings: Settings) -> smtplib.SMTP:
    place = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*place, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(*place, timeout=_TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _failure(settings: Settings, said: str) -> DeliveryFailed:
    return DeliveryFailed(
        f"The mail server {settings.smtp_host}:{settings.smtp_port} took no mail ({said}).",
        mend="Check the variables ASN_SMTP_*; a certificate of an own authority goes into"
        " SSL_CERT_FILE.",
    )
