"""What became of dead letters, as events. A letter is settled once, so each has one."""

from uuid import UUID

from contracts.notification import DeadLetterDropped, DeadLetterReplayed
from notification_service.dead_letters.models import DeadLetter


def replay_of(letter: DeadLetter, *, by: UUID) -> DeadLetterReplayed:
    """It went back to its queue."""
    return DeadLetterReplayed(
        version=1,
        dead_letter_id=letter.id,
        queue=letter.queue,
        event_type=letter.event_type,
        settled_by=by,
    )


def drop_of(letter: DeadLetter, *, by: UUID) -> DeadLetterDropped:
    """It was given up for good."""
    return DeadLetterDropped(
        version=1,
        dead_letter_id=letter.id,
        queue=letter.queue,
        event_type=letter.event_type,
        settled_by=by,
    )
