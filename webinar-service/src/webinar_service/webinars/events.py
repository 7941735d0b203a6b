"""Webinars as events, with the version that the change gave them."""

from typing import Any
from uuid import UUID

from contracts.event import Person as PublicPerson
from contracts.webinar import (
    WebinarCancelled,
    WebinarDeleted,
    WebinarRescheduled,
    WebinarScheduled,
)
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


def change_of(webinar: Webinar, host: Person | None, *, changed_by: UUID) -> WebinarRescheduled:
    """It has another time, text or price."""
    return WebinarRescheduled(**_facts(webinar, host), changed_by=changed_by)


def cancellation_of(webinar: Webinar, *, cancelled_by: UUID) -> WebinarCancelled:
    """It will not take place."""
    return WebinarCancelled(
        version=webinar.version,
        webinar_id=webinar.id,
        host_id=webinar.host_id,
        title=webinar.title,
        starts_at=webinar.starts_at,
        sequence=webinar.sequence,
        cancelled_by=cancelled_by,
    )


def deletion_of(webinar: Webinar, *, deleted_by: UUID) -> WebinarDeleted:
    """It is shown no more."""
    return WebinarDeleted(
        version=webinar.version,
        webinar_id=webinar.id,
        host_id=webinar.host_id,
        deleted_by=deleted_by,
    )
