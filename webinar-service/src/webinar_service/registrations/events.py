"""Seats as events, with the version that the change gave the registration."""

from typing import TypeVar

from contracts.webinar import WebinarSeat
from webinar_service.registrations.models import Registration
from webinar_service.webinars.models import Webinar

Seat = TypeVar("Seat", bound=WebinarSeat)


def seat_news(kind: type[Seat], webinar: Webinar, registration: Registration) -> Seat:
    """What became of a person's seat."""
    return kind(
        version=registration.version,
        registration_id=registration.id,
        webinar_id=webinar.id,
        webinar_title=webinar.title,
        starts_at=webinar.starts_at,
        user_id=registration.user_id,
    )
