"""What notification-service says: letters that could not be delivered."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event


class NotificationFailed(Event):
    """A delivery was given up. `cause` is a word for operators, never an address."""

    name: ClassVar[str] = "notification.failed"
    aggregate: ClassVar[str] = "delivery"

    delivery_id: UUID
    notification_id: UUID | None = None
    user_id: UUID
    channel: Literal["PUSH", "EMAIL", "SMS"]
    cause: str
