"""Everything webinar-service reacts to, in one table."""

from contracts.access import UserDeleted
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.payment import EntitlementGranted, EntitlementRevoked
from contracts.privacy import ExportRequested
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, Subscription, on
from webinar_service.copies.consumers import copy_person
from webinar_service.privacy.consumers import erase_person, note_export
from webinar_service.registrations.consumers import follow_entitlement

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(EntitlementGranted, follow_entitlement, order="aggregate"),
    on(EntitlementRevoked, follow_entitlement, order="aggregate"),
    on(UserRegistered, copy_person, order="latest"),
    on(UserProfileUpdated, copy_person, order="latest"),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
