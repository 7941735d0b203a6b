"""Webinars as events, with the version that the change gave them."""

from typing import Any

from contracts.event import Person as PublicPerson
from contracts.webinar import WebinarCancelled, WebinarRescheduled, WebinarScheduled
from webinar_service.copies.models import Person
from webinar_service.webinars.models import Webinar


def _facts(webinar: Webinar, host: Person | None) -> dict[str, Any]:
    return {
        "version": webinar.version,
        "webinar_id": webinar.id,
        "host_id": webinar.host_id,
        "title": webinar.title,
        "description": webinar.description,
        "starts_at": webinar.starts_at,
        "duration_mins": webinar.duration_mins,
        "sequence": webinar.sequence,
        "pricing_type": webinar.pricing_type,
        "amount_minor": webinar.amount_minor,
        "currency": webinar.currency,
        "visibility": webinar.visibility,
        "specialty_tags": webinar.specialty_tags,
        "person": _face_of(host),
    }


def _face_of(host: Person | None) -> PublicPerson:
    if host is None:
        return PublicPerson()
    return PublicPerson(
        full_name=host.full_name,
        username=host.username,
        headline=host.headline,
        avatar_url=host.avatar_url,
    )


def schedule_of(webinar: Webinar, host: Person | None) -> WebinarScheduled:
    """It can be found and registered for."""
    return WebinarScheduled(**_facts(webinar, host))


def change_of(webinar: Webinar, host: Person | None) -> WebinarRescheduled:
    """It has another time, text or price."""
    return WebinarRescheduled(**_facts(webinar, host))


def cancellation_of(webinar: Webinar) -> WebinarCancelled:
    """It will not take place."""
    return WebinarCancelled(
        version=webinar.version,
        webinar_id=webinar.id,
        host_id=webinar.host_id,
        title=webinar.title,
        starts_at=webinar.starts_at,
        sequence=webinar.sequence,
    )
