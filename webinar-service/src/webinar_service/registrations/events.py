"""Seats as events, with the version that the change gave the registration."""

from typing import Any

from contracts.webinar import (
    WebinarPromotedFromWaitlist,
    WebinarRegistered,
    WebinarRegistrationCancelled,
)
from webinar_service.registrations.models import Registration
from webinar_service.webinars.models import Webinar


def _facts(webinar: Webinar, registration: Registration) -> dict[str, Any]:
    return {
        "version": registration.version,
        "registration_id": registration.id,
        "webinar_id": webinar.id,
        "webinar_title": webinar.title,
        "starts_at": webinar.starts_at,
        "user_id": registration.user_id,
    }


def seat_of(webinar: Webinar, registration: Registration) -> WebinarRegistered:
    """The person has a seat."""
    return WebinarRegistered(**_facts(webinar, registration))


def return_of(webinar: Webinar, registration: Registration) -> WebinarRegistrationCancelled:
    """The person has the seat no longer."""
    return WebinarRegistrationCancelled(**_facts(webinar, registration))


def promotion_of(webinar: Webinar, registration: Registration) -> WebinarPromotedFromWaitlist:
    """The person waited, and has a seat now."""
    return WebinarPromotedFromWaitlist(**_facts(webinar, registration))
