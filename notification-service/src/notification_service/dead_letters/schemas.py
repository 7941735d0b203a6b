"""Dead letters as an admin sees them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from notification_service.dead_letters.models import DeadLetterStatus
from servicekit.fields import In, Line, Out
from servicekit.pagination import Page


class DeadLetterOut(Out):
    """One dead letter in a list."""

    id: UUID
    queue: str | None
    cause: str
    event_type: str | None
    event_id: str | None
    status: DeadLetterStatus
    received_at: datetime
    settled_at: datetime | None


class DeadLetterDetail(DeadLetterOut):
    """With its headers and body; `body` is text, bytes that are not UTF-8 shown as escapes."""

    headers: dict[str, Any]
    body: str
    size_bytes: int


class DeadLetterPage(Page[DeadLetterOut]):
    """Newest first."""


class ReplayIn(In):
    """Which waiting letters to replay; at least one of the two."""

    queue: Line | None = None
    event_type: Line | None = None


class Replayed(Out):
    """How many letters went back to their queues; ask again while it is a hundred."""

    replayed: int
