"""What webinar-service says: schedules and seats."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.course import CourseVisibility, PricingType
from contracts.event import AmountMinor, Currency, Event, Person


class WebinarFacts(Event):
    """What a catalogue or a calendar needs to know. `sequence` is iCalendar's (RFC 5545)."""

    aggregate: ClassVar[str] = "webinar"

    webinar_id: UUID
    host_id: UUID
    title: str
    description: str
    starts_at: datetime
    duration_mins: int
    sequence: int
    pricing_type: PricingType
    amount_minor: AmountMinor = 0
    currency: Currency = "INR"
    visibility: CourseVisibility
    specialty_tags: list[str] = Field(default_factory=list)
    person: Person


class WebinarScheduled(WebinarFacts):
    """A webinar can be found and registered for."""

    name: ClassVar[str] = "webinar.scheduled"


class WebinarRescheduled(WebinarFacts):
    """A scheduled webinar has another time or text; a moderator's change is always told."""

    name: ClassVar[str] = "webinar.rescheduled"

    changed_by: UUID | None = None


class WebinarCancelled(Event):
    """A webinar will not take place."""

    name: ClassVar[str] = "webinar.cancelled"
    aggregate: ClassVar[str] = "webinar"

    webinar_id: UUID
    host_id: UUID
    title: str
    starts_at: datetime
    sequence: int
    cancelled_by: UUID | None = None


class WebinarDeleted(Event):
    """A webinar that is over or was called off is shown no more."""

    name: ClassVar[str] = "webinar.deleted"
    aggregate: ClassVar[str] = "webinar"

    webinar_id: UUID
    host_id: UUID
    deleted_by: UUID


class WebinarSeat(Event):
    """A person's seat in a webinar."""

    aggregate: ClassVar[str] = "registration"

    registration_id: UUID
    webinar_id: UUID
    webinar_title: str
    starts_at: datetime
    user_id: UUID


class WebinarRegistered(WebinarSeat):
    """A person has a seat."""

    name: ClassVar[str] = "webinar.registered"


class WebinarRegistrationCancelled(WebinarSeat):
    """A person gave the seat back or lost it."""

    name: ClassVar[str] = "webinar.registration_cancelled"


class WebinarPromotedFromWaitlist(WebinarSeat):
    """A person who waited has a seat now."""

    name: ClassVar[str] = "webinar.promoted_from_waitlist"
