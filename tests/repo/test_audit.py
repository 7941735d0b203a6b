"""The audit trail: whatever admins and moderators do leaves an entry, as does what opens doors."""

from typing import Any

from contracts.access import Role
from contracts.registry import EVENTS
from notification_service.audit.acts import AUDITED, NOT_AUDITED

READS = {"GET", "HEAD", "OPTIONS"}

ACTS = {
    "POST /api/v1/users": "user.registered",
    "DELETE /api/v1/users/{user_id}": "user.deleted",
    "PATCH /api/v1/users/{user_id}": "user.profile_updated user.contact_changed",
    "POST /api/v1/admin/users/{user_id}/suspend": "user.suspended",
    "POST /api/v1/admin/users/{user_id}/reinstate": "user.reinstated",
    "POST /api/v1/admin/users/{user_id}/roles": "user.role_changed",
    "POST /api/v1/auth/admin": "user.role_changed",
    "POST /api/v1/admin/invites": "invite.created",
    "DELETE /api/v1/admin/invites/{invite_id}": "invite.revoked",
    "POST /api/v1/admin/social/reports/{report_id}/review": "user_report.reviewed",
    "GET /api/v1/verification/{verification_id}": "verification.opened",
    "POST /api/v1/verification/{verification_id}/review": (
        "verification.reviewed user.verification_changed"
    ),
    "POST /api/v1/certificates/{certificate_id}/revoke": "certificate.revoked",
    # A moderator may do with a webinar what its host may.
    "PATCH /api/v1/webinar/{webinar_id}": "webinar.rescheduled",
    "POST /api/v1/webinar/{webinar_id}/cancel": "webinar.cancelled",
    "DELETE /api/v1/webinar/{webinar_id}": "webinar.cancelled webinar.deleted",
    "POST /api/v1/payment/orders/{order_id}/refund": "refund.requested refund.processed",
    "POST /api/v1/entitlements": "entitlement.granted",
    "DELETE /api/v1/entitlements/{entitlement_id}": "entitlement.revoked",
    "POST /api/v1/coupons": "coupon.created",
    "PUT /api/v1/gamification/rules": "points_rules.replaced",
    "POST /api/v1/admin/dead-letters/replay": "dead_letter.replayed",
    "POST /api/v1/admin/dead-letters/{dead_letter_id}/replay": "dead_letter.replayed",
    "DELETE /api/v1/admin/dead-letters/{dead_letter_id}": "dead_letter.dropped",
    "GET /api/v1/audit": "audit.searched",
    "GET /api/v1/audit/verify": "audit.verified",
    "GET /api/v1/audit/export": "audit.exported",
}
"""What each act of an admin or moderator is told as."""


def least_role_of(operation: dict[str, Any]) -> Role:
    scopes = [word for way in operation["security"] for words in way.values() for word in words]
    return max((Role(word) for word in scopes), key=lambda role: role.rank, default=Role.STUDENT)


def test_every_route_by_which_admins_and_moderators_change_something_is_audited(
    operations: dict[str, dict[str, Any]],
) -> None:
    theirs = {
        name
        for name, operation in operations.items()
        if least_role_of(operation).rank >= Role.MODERATOR.rank and name.split()[0] not in READS
    }
    told = {name for events in ACTS.values() for name in events.split()}

    assert len(theirs) > 15
    assert theirs - set(ACTS) == set(), "say in ACTS by which event the audit trail hears of it"
    assert set(ACTS) - set(operations) == set()
    assert told - {row.event.name for row in AUDITED} == set()


def test_every_event_is_audited_or_has_a_reason_not_to_be() -> None:
    audited = [row.event for row in AUDITED]

    assert len(audited) == len(set(audited)) > 40
    assert set(audited) & set(NOT_AUDITED) == set()
    assert {event.name for event in {*EVENTS.values()} - {*audited, *NOT_AUDITED}} == set()
    assert all(NOT_AUDITED.values())
