"""Answers of the registration routes."""

from datetime import datetime
from typing import Self
from uuid import UUID

from servicekit.fields import Out
from webinar_service.registrations.models import Registration, RegistrationStatus


class RegistrationOut(Out):
    """A place in a webinar: REGISTERED is a seat, WAITLISTED a wait for one."""

    id: UUID
    webinar_id: UUID
    user_id: UUID
    full_name: str | None
    status: RegistrationStatus
    registered_at: datetime

    @classmethod
    def of(cls, registration: Registration, *, full_name: str | None) -> Self:
        """The registration as its owner or the host sees it."""
        return cls(
            id=registration.id,
            webinar_id=registration.webinar_id,
            user_id=registration.user_id,
            full_name=full_name,
            status=registration.status,
            registered_at=registration.since,
        )
