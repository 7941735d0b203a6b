"""Events: who may say them, who must, and that somebody listens."""

from pathlib import Path

from contracts.event import Event
from contracts.registry import EVENTS
from servicekit.catalogue import builders, hearers, page
from servicekit.topology import SERVICES

OWNERS = {
    "access": {"auth-service"},
    "auth": {"auth-service"},
    "content": {"content-service"},
    "course": {"course-service"},
    "webinar": {"webinar-service"},
    "payment": {"payment-service"},
    "notification": {"notification-service"},
    "privacy": set(SERVICES),
}
"""Who may build the events of a contract module."""

SHARED_OWNERS = {
    "media.uploaded": {"content-service"},
    "media.deleted": {"content-service"},
    "media.progressed": {"media-worker"},
    "media.processed": {"media-worker"},
    "media.failed": {"media-worker"},
    "content.reported": {"content-service", "webinar-service"},
    "erasure.completed": set(SERVICES),
    "export.part_ready": set(SERVICES),
    "export.requested": {"auth-service"},
    "export.completed": {"auth-service"},
}
"""Events that belong to others than their module says, or to several."""

AUDIT = "notification-service.audit.record_acts"
"""Like the archive it keeps what others say; that it hears an event is no reason for one."""

UNHEARD = {
    "verification.opened": "told for the audit trail",
    "verification.reviewed": "the person is told by user.verification_changed",
    "signing_key.created": "told for the audit trail",
    "invite.created": "told for the audit trail",
    "invite.revoked": "told for the audit trail",
    "session.started": "told for the audit trail; nobody is warned of a new device yet",
    "session.refused": "told for the audit trail",
    "post.edited": "no other service keeps a copy of posts yet",
    "post.removed": "no other service keeps a copy of posts yet",
    "webinar.deleted": "told for the audit trail; it was called off before, or is over",
    "order.created": "analytics reads the archive",
    "order.expired": "analytics reads the archive",
    "refund.requested": "told for the audit trail; the person is told when money went back",
    "points_rules.replaced": "told for the audit trail",
    "coupon.created": "told for the audit trail",
    "points.awarded": "a message for each point would be noise; the balance tells",
    "coupon.redeemed": "the person sees it on the order; analytics reads the archive",
    "notification.failed": "analytics reads the archive",
    "dead_letter.replayed": "told for the audit trail",
    "dead_letter.dropped": "told for the audit trail",
    "retry.requested": "told for the audit trail",
    "audit.searched": "told for the audit trail",
    "audit.verified": "told for the audit trail",
    "audit.exported": "told for the audit trail",
}
"""Events that only the archive and the audit trail hear, each with the reason."""


def owners(event: type[Event]) -> set[str]:
    named = SHARED_OWNERS.get(event.name)
    return named or OWNERS[event.__module__.removeprefix("contracts.")]


def test_only_its_owner_builds_an_event() -> None:
    built = builders()
    wrong = {
        event.name: sorted(services - owners(event))
        for event, services in built.items()
        if not services <= owners(event)
    }

    assert sum(map(len, built.values())) > 30
    assert wrong == {}


def test_every_event_of_the_contracts_is_published_by_code() -> None:
    built = builders()

    assert len(built) == len(EVENTS) > 30
    assert sorted(event.name for event, services in built.items() if not services) == []


def test_every_event_has_a_subscriber_or_a_stated_reason() -> None:
    heard = hearers()
    unheard = {
        event.name for event, queues in heard.items() if {queue.name for queue in queues} <= {AUDIT}
    }

    assert any(heard.values())
    assert unheard == set(UNHEARD)
    assert all(UNHEARD.values())


def test_the_page_of_events_says_what_the_code_says(root: Path) -> None:
    said = page()

    assert all(f"`{name}`" in said for name, version in EVENTS if version == 1)
    assert (root / "docs" / "events.md").read_text() == said, "`make events` writes it anew"
