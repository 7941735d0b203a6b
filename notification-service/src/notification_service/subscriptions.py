"""Everything notification-service reacts to, in one table."""

from contracts.access import UserDeleted, UserRoleChanged
from contracts.auth import (
    EmailVerificationRequested,
    OtpRequested,
    PasswordResetRequested,
    UserContactChanged,
    UserProfileUpdated,
    UserRegistered,
    UserReported,
    VerificationSubmitted,
)
from contracts.privacy import ExportRequested
from contracts.registry import EVENTS
from notification_service.archive.consumers import archive_events
from notification_service.audit.acts import AUDITED
from notification_service.audit.consumers import record_acts
from notification_service.dead_letters.consumers import write_down_dead_letters
from notification_service.deliveries.consumers import send_letter
from notification_service.notifications.consumers import tell_moderators, tell_people
from notification_service.notifications.texts import TELLINGS
from notification_service.people.consumers import copy_person
from notification_service.privacy.consumers import erase_person, note_export
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import DeadLetters, Retired, Subscription, on, on_dead_letters, on_every

# Nobody waits for what is only kept; in larger batches it costs a fraction.
LINGER_SECS = 0.25
SUBSCRIPTIONS: tuple[Subscription | DeadLetters, ...] = (
    *ACCESS_SUBSCRIPTIONS,
    on(UserRegistered, copy_person, order="latest"),
    on(UserContactChanged, copy_person, order="latest"),
    on(UserProfileUpdated, copy_person, order="latest"),
    on(UserRoleChanged, copy_person, order="latest"),
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(EmailVerificationRequested, send_letter),
    on(PasswordResetRequested, send_letter),
    on(OtpRequested, send_letter),
    on(VerificationSubmitted, tell_moderators),
    on(UserReported, tell_moderators),
    *(on(telling.event, tell_people) for telling in TELLINGS),
    *on_every(EVENTS.values(), archive_events, linger_secs=LINGER_SECS),
    *on_every((row.event for row in AUDITED), record_acts, linger_secs=LINGER_SECS),
    on_dead_letters(write_down_dead_letters),
)

RETIRED: tuple[Retired, ...] = ()
