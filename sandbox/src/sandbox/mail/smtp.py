"""The SMTP side: takes every mail, except for addresses that ask to be refused."""

import asyncio
import base64
import sqlite3
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mail.store import Mail, put_mail

LARGEST_MAIL = 10 * 1024 * 1024


class Postmaster:
    """aiosmtpd's handler: `bounce-…` does not exist, `later-…` is busy, all others receive."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    # aiosmtpd calls the hooks by these names with these five arguments.
    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept a recipient, or refuse it for ever (550) or for now (451)."""
        local_part = address.lower()
        if local_part.startswith("bounce-"):
            return "550 5.1.1 The mailbox does not exist"
        if local_part.startswith("later-"):
            return "451 4.3.0 The mailbox is busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, then say so."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        mail = read_mail(raw, sender=envelope.mail_from or "")
        put_mail(self._store, recipients=envelope.rcpt_tos, mail=mail)
        return "250 OK"


def read_mail(raw: bytes, *, sender: str) -> Mail:
    """The readable parts of a message. Nothing in it makes this fail."""
    message = message_from_bytes(raw, policy=policy.default)
    headers = [(name, _clean(str(value))) for name, value in message.items()]
    return Mail(
        sender=sender,
        subject=_clean(str(message.get("Subject", ""))),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=headers,
        attachments=[_attachment(part) for part in message.iter_attachments()]
        if message.is_multipart()
        else [],
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else _clean(_text(part)).replace("\r\n", "\n")


def _text(part: Any) -> str:
    payload = part.get_payload(decode=True) or b""
    try:
        text: str = payload.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return str(payload.decode("utf-8", errors="replace"))
    return text


def _attachment(part: Any) -> dict[str, Any]:
    payload = part.get_payload(decode=True) or b""
    return {
        "filename": part.get_filename(),
        "content_type": part.get_content_type(),
        "size": len(payload),
        "content_base64": base64.b64encode(payload).decode(),
    }


def _clean(text: str) -> str:
    """Lone surrogates, which bytes of no charset become, have no place in JSON."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


async def listen(store: sqlite3.Connection, *, host: str, port: int) -> asyncio.Server:
    """Open the SMTP port in the running loop."""
    postmaster = Postmaster(store)

    def answer() -> SMTP:
        return SMTP(
            postmaster,
            hostname="sandbox",
            ident="Docfliq mail sink",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
        )

    return await asyncio.get_running_loop().create_server(answer, host, port)
