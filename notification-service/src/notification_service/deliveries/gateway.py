"""The outside systems that carry messages: FCM for pushes, SMTP for mails, SNS for texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Push:
    """One push to one device. `collapse_id` makes a repetition replace the first on the phone."""

    token: str
    title: str
    body: str
    data: dict[str, str]
    collapse_id: str


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS to one number (E.164)."""

    phone_number: str
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to. `dead`: the token or address is no more; `refused`: never again.

    `wait_secs` is what the provider asked for.
    """

    sent: bool = False
    dead: bool = False
    refused: bool = False
    cause: str | None = None
    wait_secs: float | None = None


class PushGateway(Protocol):
    """Carries pushes."""

    def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """Try each, 500 at most; one outcome a push, in order. Blocks; call it in a thread."""


class MailGateway(Protocol):
    """Carries mails."""

    async def send(self, mails: Sequence[EmailMessage]) -> list[Outcome]:
        """Try each over one connection; one outcome a mail, in order."""


class TextGateway(Protocol):
    """Carries SMS."""

    def send(self, texts: Sequence[Text]) -> list[Outcome]:
        """Try each; one outcome a text, in order. Blocks; call it in a thread."""
