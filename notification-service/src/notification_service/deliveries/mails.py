"""Messages as people read them: mails as text and HTML of the same words, SMS in one line."""

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any
from uuid import UUID

import idna
import mrml
from jinja2 import Environment, PackageLoader, Template

from servicekit.clock import now

LETTERS: dict[str, dict[str, Any]] = {
    "email_verification.requested": {
        "subject": "Confirm your address",
        "lines": ["Please confirm that this address is yours."],
        "action": "Confirm the address",
    },
    "password_reset.requested": {
        "subject": "Choose a new password",
        "lines": [
            "Somebody, hopefully you, asked for a new password.",
            "The code and the link work once, for half an hour.",
            "If it was not you, nothing has happened and nothing needs to be done.",
        ],
        "action": "Choose a new password",
    },
    "otp.requested": {
        "subject": "Your code for Docfliq",
        "lines": [
            "This code signs you in, once, within five minutes.",
            "If you did not ask for it, nothing needs to be done. Never tell it to anybody.",
        ],
        "footer": "You get this mail because somebody typed this address at Docfliq.",
    },
}
TEXTS = {
    "otp.requested": "{code} is your code for Docfliq, for five minutes. Never tell it to anybody."
}
"""SMS of GSM 03.38's letters alone, below 160 of them: one segment each."""

FOOTER = "You get this mail because you have an account at Docfliq."


@cache
def _template() -> Template:
    # autoescape would not know .mjml; every value is escaped by `e` in the template.
    loader = PackageLoader("notification_service.deliveries")
    return Environment(loader=loader, autoescape=True).get_template("mail.mjml")


def mail_of(
    *,
    sender: str,
    to: str,
    delivery_id: UUID,
    words: dict[str, Any],
    unsubscribe: str | None = None,
) -> EmailMessage:
    """A mail with a Message-ID that stays the same however often it is tried.

    `words`: subject, lines, and optionally code, link and action. Raises ValueError for an address
    or subject that would break a header.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, _on_the_wire(to), words["subject"]
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{delivery_id}@{domain}>"
    mail["Date"] = format_datetime(now())
    mail["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    footer = words.get("footer", FOOTER)
    parts = [words["subject"], *words["lines"], words.get("code"), words.get("link"), footer]
    mail.set_content("\n\n".join(part for part in parts if part) + "\n")
    page = _template().render({"footer": FOOTER, "code": None, "link": None, **words})
    mail.add_alternative(mrml.to_html(page).content, subtype="html")
    return mail


def _on_the_wire(address: str) -> str:
    """Any server takes a domain of other letters in its ASCII form (IDNA 2008, RFC 5891)."""
    name, _, domain = address.rpartition("@")
    if domain.isascii() or not name.isascii():
        return address
    return f"{name}@{idna.encode(domain, uts46=True).decode()}"
