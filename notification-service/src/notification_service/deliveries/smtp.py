"""Mails through an SMTP server (RFC 5321), by aiosmtplib."""

from collections.abc import Sequence
from email.message import EmailMessage

import aiosmtplib

from notification_service.deliveries.gateway import Outcome
from notification_service.settings import Settings

TIMEOUT_SECS = 10


class SmtpGateway:
    """A connection for each batch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, mails: Sequence[EmailMessage]) -> list[Outcome]:
        """Try each mail; an answer 5xx is final, 4xx and silence are not."""
        settings = self._settings
        password = settings.smtp_password
        connection = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            start_tls=settings.smtp_starttls,
            timeout=TIMEOUT_SECS,
        )
        try:
            async with connection:
                return [await _send_one(connection, mail) for mail in mails]
        except (aiosmtplib.SMTPException, OSError) as error:
            return [Outcome(cause=type(error).__name__) for _ in mails]


async def _send_one(connection: aiosmtplib.SMTP, mail: EmailMessage) -> Outcome:
    """Whatever goes wrong is this mail's own: those before it are not sent again."""
    try:
        await connection.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        code = refused.recipients[0].code
        return Outcome(refused=500 <= code < 600, cause=f"recipient refused: {code}")
    except aiosmtplib.SMTPResponseException as answer:
        return Outcome(refused=500 <= answer.code < 600, cause=f"refused: {answer.code}")
    except (aiosmtplib.SMTPNotSupported, ValueError) as unfit:
        # Letters in the address that this server does not take (SMTPUTF8), or that none does.
        return Outcome(refused=True, cause=f"address unfit: {type(unfit).__name__}")
    except (aiosmtplib.SMTPException, OSError) as error:
        return Outcome(cause=type(error).__name__)
    return Outcome(sent=True)
