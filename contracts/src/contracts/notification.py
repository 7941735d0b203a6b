"""What notification-service says: lost letters, the dead-letter desk, the audit trail."""

from datetime import datetime
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


class DeadLetterSettled(Event):
    """What became of a letter on the desk. A letter is settled once."""

    aggregate: ClassVar[str] = "dead_letter"

    dead_letter_id: UUID
    queue: str | None = None
    event_type: str | None = None
    settled_by: UUID


class DeadLetterReplayed(DeadLetterSettled):
    """An admin has sent a dead letter back to the queue that gave it up."""

    name: ClassVar[str] = "dead_letter.replayed"


class DeadLetterDropped(DeadLetterSettled):
    """An admin has given a dead letter up for good."""

    name: ClassVar[str] = "dead_letter.dropped"


class RetryRequested(Event):
    """Somebody at the command line has had messages that wait for `queue`'s handler tried now."""

    name: ClassVar[str] = "retry.requested"
    aggregate: ClassVar[str] = "retry"

    queue: str


class AuditSearched(Event):
    """An admin has read entries of the audit trail; what they looked for goes along."""

    name: ClassVar[str] = "audit.searched"
    aggregate: ClassVar[str] = "audit_search"

    searched_by: UUID
    actor_id: UUID | None = None
    action: str | None = None
    resource: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class AuditVerified(Event):
    """An admin has had the chain of the audit trail computed anew, from one number to another."""

    name: ClassVar[str] = "audit.verified"
    aggregate: ClassVar[str] = "audit_verification"

    verified_by: UUID
    valid: bool
    from_number: int
    to_number: int
    first_broken: int | None = None


class AuditExported(Event):
    """An admin has begun to take entries of the audit trail away, up to `to_number`."""

    name: ClassVar[str] = "audit.exported"
    aggregate: ClassVar[str] = "audit_export"

    exported_by: UUID
    format: str
    from_number: int
    to_number: int
