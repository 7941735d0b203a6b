"""A webinar as an iCalendar file (RFC 5545, RFC 5546)."""

from icalendar import Calendar, Event

from webinar_service.webinars.models import Webinar, WebinarStatus

PRODUCT = "-//Docfliq//Webinars//EN"


def calendar_method(webinar: Webinar) -> str:
    """What a calendar is asked to do: PUBLISH, or CANCEL for what was called off."""
    return "CANCEL" if webinar.status is WebinarStatus.CANCELLED else "PUBLISH"


def calendar_file(webinar: Webinar, *, host_name: str | None, public_url: str) -> bytes:
    """One event; a higher SEQUENCE replaces what a calendar holds under the same UID."""
    event = Event()
    event.add("uid", f"{webinar.id}@docfliq")
    event.add("sequence", webinar.sequence)
    event.add("dtstamp", webinar.updated_at)
    event.add("created", webinar.created_at)
    event.add("last-modified", webinar.updated_at)
    event.add("dtstart", webinar.starts_at)
    event.add("dtend", webinar.ends_at)
    event.add("summary", webinar.title)
    event.add("description", _described(webinar, host_name))
    event.add("url", f"{public_url}/api/v1/webinar/{webinar.id}")
    cancelled = webinar.status is WebinarStatus.CANCELLED
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", calendar_method(webinar))
    calendar.add_component(event)
    rendered: bytes = calendar.to_ical()
    return rendered


def _described(webinar: Webinar, host_name: str | None) -> str:
    if host_name is None:
        return webinar.description
    return f"{webinar.description}\n\nHost: {host_name}"
