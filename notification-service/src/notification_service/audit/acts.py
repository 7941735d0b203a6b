"""Which events are acts, and what of each goes into the audit trail: one table."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from contracts import access, auth, content, course, media, notification, payment, privacy, webinar
from contracts.event import Event
from notification_service.audit.models import Outcome

E = TypeVar("E", bound=Event)


class Silence(Enum):
    """What the actor of an event is that is no act worth an entry."""

    NO_ACT = "NO_ACT"


NO_ACT = Silence.NO_ACT

Actor: TypeAlias = UUID | Literal[Silence.NO_ACT] | None
"""Who did it; None for the platform itself, for the command line, and for who is not known."""


class Resource(NamedTuple):
    """On what: a noun and the id of one."""

    type: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Audited:
    """One row of the table. What is named is a field of the event.

    `details` are ids, numbers and words of ours; `note` is free text, which is personal.
    """

    event: type[Event]
    actor: Callable[[Any], Actor]
    about: Callable[[Any], Resource] | None
    details: tuple[str, ...]
    cause: str
    note: str


class Act(NamedTuple):
    """What one event says of an act. `address`, `device` and `note` are personal."""

    actor_id: UUID | None
    resource: Resource
    outcome: Outcome
    cause: str | None
    details: dict[str, Any]
    person_id: UUID | None
    address: str | None
    device: str | None
    note: str | None


def audited(
    event: type[E],
    actor: Callable[[E], Actor],
    *,
    about: Callable[[E], Resource] | None = None,
    details: str = "",
    cause: str = "",
    note: str = "",
) -> Audited:
    """A row; unless `about` says otherwise the act is on the event's aggregate."""
    return Audited(event, actor, about, tuple(details.split()), cause, note)


def _nobody(_: Event) -> None:
    return None


def _the_account(
    event: auth.SessionRefused | auth.PasswordResetRequested | auth.EmailVerificationRequested,
) -> Resource:
    return Resource("user", event.user_id)


_PRICE = "user_id item_type item_id amount_minor currency"

AUDITED: tuple[Audited, ...] = (
    audited(access.UserRoleChanged, lambda event: event.changed_by, details="from_role to_role"),
    audited(
        access.UserVerificationChanged, _nobody,
        details="verification_id from_status to_status verified",
    ),
    audited(
        access.UserSessionsRevoked, lambda event: event.user_id, cause="cause", details="sid"
    ),
    audited(
        access.UserSuspended, lambda event: event.suspended_by, details="until", note="reason"
    ),
    audited(access.UserReinstated, lambda event: event.reinstated_by),
    # Without the tombstone: together they would say whose the rows are that stay under it.
    audited(access.UserDeleted, lambda event: event.deleted_by or event.user_id),
    audited(privacy.ErasureCompleted, _nobody, details="service counts"),
    audited(privacy.ExportRequested, lambda event: event.user_id),
    audited(privacy.ExportCompleted, _nobody, details="missing"),
    audited(
        auth.UserRegistered, lambda event: event.registered_by or event.user_id, details="role"
    ),
    # What people change of their own profile is no act of an admin and opens nothing.
    audited(auth.UserProfileUpdated, lambda event: event.changed_by or NO_ACT),
    audited(
        auth.UserContactChanged, lambda event: event.changed_by or event.user_id,
        details="email_verified",
    ),
    audited(auth.UserReported, lambda event: event.reporter_id, details="reported_id"),
    audited(
        auth.UserReportReviewed, lambda event: event.reviewer_id, details="reported_id status"
    ),
    audited(auth.VerificationSubmitted, lambda event: event.user_id, details="document_type"),
    audited(auth.VerificationOpened, lambda event: event.opened_by, details="user_id"),
    audited(
        auth.VerificationReviewed, lambda event: event.reviewer_id,
        details="user_id status", note="notes",
    ),
    audited(auth.OtpRequested, _nobody, details="channel"),
    audited(auth.PasswordResetRequested, _nobody, about=_the_account, details="channel"),
    audited(auth.EmailVerificationRequested, _nobody, about=_the_account, details="channel"),
    audited(auth.PasswordChanged, lambda event: event.user_id, cause="cause"),
    audited(auth.MfaChanged, lambda event: event.user_id, details="factor change"),
    audited(
        auth.SessionStarted, lambda event: event.user_id, details="method way second_factor"
    ),
    # Whoever failed to sign in may be anybody.
    audited(auth.SessionRefused, _nobody, about=_the_account, cause="cause", details="factor sid"),
    audited(auth.SigningKeyCreated, _nobody, details="signs_from"),
    audited(
        auth.InviteCreated, lambda event: event.created_by,
        details="role_to_grant max_uses expires_at",
    ),
    audited(auth.InviteRevoked, lambda event: event.revoked_by),
    audited(auth.InviteRedeemed, lambda event: event.user_id, details="role uses max_uses"),
    # Taking one's own post away is no moderation.
    audited(
        content.PostRemoved,
        lambda event: NO_ACT if event.removed_by == event.author_id else event.removed_by,
        details="author_id",
    ),
    audited(course.CoursePublished, lambda event: event.author_id, details="visibility"),
    audited(course.CourseUpdated, lambda event: event.author_id, details="visibility"),
    audited(course.CourseArchived, lambda event: event.author_id),
    audited(
        course.CertificateRevoked, lambda event: event.revoked_by, details="user_id", note="reason"
    ),
    audited(webinar.WebinarScheduled, lambda event: event.host_id, details="visibility"),
    audited(
        webinar.WebinarRescheduled, lambda event: event.changed_by or event.host_id,
        details="host_id sequence",
    ),
    audited(
        webinar.WebinarCancelled, lambda event: event.cancelled_by or event.host_id,
        details="host_id",
    ),
    audited(webinar.WebinarDeleted, lambda event: event.deleted_by, details="host_id"),
    audited(payment.PaymentCaptured, lambda event: event.user_id, details=_PRICE),
    audited(
        payment.RefundRequested, lambda event: event.requested_by,
        details=f"{_PRICE} refund_id", cause="cause",
    ),
    audited(
        payment.RefundProcessed, lambda event: event.requested_by,
        details=f"{_PRICE} refund_id refunded_minor fully_refunded",
    ),
    audited(
        payment.EntitlementGranted, lambda event: event.granted_by,
        details="user_id item_type item_id order_id expires_at", cause="reason",
    ),
    audited(
        payment.EntitlementRevoked, lambda event: event.revoked_by,
        details="user_id item_type item_id", cause="reason",
    ),
    audited(
        payment.CouponCreated, lambda event: event.created_by,
        details="kind item_type item_id max_redemptions",
    ),
    audited(payment.PointsRulesReplaced, lambda event: event.replaced_by, details="rules"),
    audited(
        notification.DeadLetterReplayed, lambda event: event.settled_by,
        details="queue event_type",
    ),
    audited(
        notification.DeadLetterDropped, lambda event: event.settled_by,
        details="queue event_type",
    ),
    audited(notification.RetryRequested, _nobody, details="queue"),
    audited(
        notification.AuditSearched, lambda event: event.searched_by,
        details="actor_id action resource from_at to_at",
    ),
    audited(
        notification.AuditVerified, lambda event: event.verified_by,
        details="valid from_number to_number first_broken",
    ),
    audited(
        notification.AuditExported, lambda event: event.exported_by,
        details="format from_number to_number",
    ),
)  # fmt: skip
"""Every security-relevant act and every act of an admin or moderator."""

_LIFE = "what people do in daily life, without rights of anybody else"
_RELATION = "people's own relations; nobody gains or loses a right"
_FILES = "the life of a file, which its owner began"

NOT_AUDITED: dict[type[Event], str] = {
    auth.UserFollowed: _RELATION,
    auth.UserUnfollowed: _RELATION,
    auth.UserBlocked: _RELATION,
    auth.UserUnblocked: _RELATION,
    auth.UserMuted: _RELATION,
    auth.UserUnmuted: _RELATION,
    content.PostPublished: _LIFE,
    content.PostEdited: _LIFE,
    content.PostLiked: _LIFE,
    content.CommentCreated: _LIFE,
    privacy.ExportPartReady: "a part of what the export's own entries tell",
    media.MediaUploaded: _FILES,
    media.MediaDeleted: _FILES,
    media.MediaProgressed: _FILES,
    media.MediaProcessed: _FILES,
    media.MediaFailed: _FILES,
    course.EnrollmentCreated: _LIFE,
    course.EnrollmentCancelled: _LIFE,
    course.EnrollmentCompleted: _LIFE,
    course.LessonCompleted: _LIFE,
    course.QuizSubmitted: _LIFE,
    course.CertificateIssued: "follows from a completion, and has a number that anybody can check",
    webinar.WebinarRegistered: _LIFE,
    webinar.WebinarRegistrationCancelled: _LIFE,
    webinar.WebinarPromotedFromWaitlist: _LIFE,
    payment.OrderCreated: "no money moves yet",
    payment.OrderExpired: "no money moved",
    payment.PaymentFailed: "no money moved",
    payment.PointsAwarded: "the ledger of points is append-only itself",
    payment.CouponRedeemed: _LIFE,
    notification.NotificationFailed: "a letter that did not arrive is no act",
}
"""Events that leave no entry, each with the reason."""

_BY_TYPE = {row.event: row for row in AUDITED}


def act_of(event: Event) -> Act | None:
    """What the audit trail keeps of an event; None if it is no act."""
    row = _BY_TYPE[type(event)]
    actor = row.actor(event)
    if isinstance(actor, Silence):
        return None
    resource = row.about(event) if row.about else Resource(event.aggregate, event.aggregate_id)
    told = event.model_dump(mode="json", include={*row.details}, exclude_none=True)
    return Act(
        actor_id=actor,
        resource=resource,
        outcome=_outcome_of(event),
        cause=getattr(event, row.cause) if row.cause else None,
        details=told,
        person_id=getattr(event, "user_id", None),
        address=getattr(event, "address", None),
        device=getattr(event, "device", None),
        note=getattr(event, row.note) if row.note else None,
    )


def _outcome_of(event: Event) -> Outcome:
    verb = event.name.rpartition(".")[2]
    return {"requested": Outcome.ASKED, "refused": Outcome.REFUSED}.get(verb, Outcome.DONE)
