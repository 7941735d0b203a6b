"""What is said of each event, to whom, and through which channels by default."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from contracts.access import (
    UserReinstated,
    UserRoleChanged,
    UserSuspended,
    UserVerificationChanged,
    VerificationStatus,
)
from contracts.auth import (
    InviteRedeemed,
    MfaChanged,
    PasswordChanged,
    UserFollowed,
    UserRegistered,
    UserReportReviewed,
)
from contracts.content import CommentCreated, PostLiked
from contracts.course import (
    CertificateIssued,
    CertificateRevoked,
    EnrollmentCancelled,
    EnrollmentCreated,
)
from contracts.event import Event, Person
from contracts.media import MediaFailed
from contracts.payment import PaymentCaptured, PaymentFailed, RefundProcessed
from contracts.privacy import ExportCompleted
from contracts.webinar import (
    WebinarPromotedFromWaitlist,
    WebinarRegistered,
    WebinarRegistrationCancelled,
)
from notification_service.notifications.models import Channel

E = TypeVar("E", bound=Event)
IN_APP = (Channel.IN_APP,)
ALOUD = (Channel.IN_APP, Channel.PUSH)
EVERYWHERE = (Channel.IN_APP, Channel.PUSH, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Telling(Generic[E]):
    """How one event is told: `to` names the people, the rest makes the words."""

    event: type[E]
    channels: tuple[Channel, ...]
    to: Callable[[E], Sequence[UUID]]
    title: Callable[[E], str]
    body: Callable[[E], str]
    data: Callable[[E], dict[str, Any]]


def money(amount_minor: int, currency: str) -> str:
    """An amount as people read it: 49900 INR → "INR 499.00"."""
    return f"{currency} {amount_minor // 100:,}.{amount_minor % 100:02d}"


def _ids(*names: str) -> Callable[[Event], dict[str, Any]]:
    def chosen(event: Event) -> dict[str, Any]:
        return {name: str(getattr(event, name)) for name in names}

    return chosen


def _name(person: Person) -> str:
    return person.full_name or person.username or "Somebody"


def _learner(event: Any) -> list[UUID]:
    return [event.user_id]


def _commented(event: CommentCreated) -> list[UUID]:
    concerned = {event.post_author_id, event.parent_author_id} - {event.user_id, None}
    return [user_id for user_id in concerned if user_id is not None]


def _licence(event: UserVerificationChanged) -> str:
    """An identity card or a degree can be accepted too; only a licence verifies."""
    if event.to_status is VerificationStatus.APPROVED:
        verified = "Your licence has been verified"
        return verified if event.verified else "Your document has been accepted"
    if event.to_status is VerificationStatus.REJECTED:
        return "Your document could not be accepted"
    return "The state of your licence check has changed"


SECOND_FACTORS = {
    ("TOTP", "ENABLED"): "Signing in needs your authenticator app from now on",
    ("TOTP", "DISABLED"): "Signing in does not need your authenticator app any more",
    ("TOTP", "BACKUP_CODE_USED"): "A backup code was used to sign in to your account",
    ("PASSKEY", "ENABLED"): "A passkey was added to your account",
    ("PASSKEY", "DISABLED"): "A passkey was removed from your account",
    ("EMAIL", "ENABLED"): "Codes to your e-mail address open your account from now on",
    ("OIDC", "ENABLED"): "Signing in at a provider that knows you opens your account from now on",
    ("SMS", "ENABLED"): "Codes to your phone number open your account from now on",
}


def _second_factor(event: MfaChanged) -> str:
    changed = "The way in which you sign in has changed"
    return SECOND_FACTORS.get((event.factor, event.change), changed)


def _until(event: UserSuspended) -> str:
    if event.until is None:
        return "You cannot sign in any more."
    return f"You can sign in again on {event.until:%d %B %Y at %H:%M} UTC."


TELLINGS: tuple[Telling[Any], ...] = (
    Telling(
        UserRegistered, IN_APP, _learner,
        lambda _: "Welcome to Docfliq",
        lambda _: "Complete your profile so that colleagues can find you.",
        _ids("user_id"),
    ),
    Telling(
        UserVerificationChanged, EVERYWHERE, _learner, _licence,
        lambda e: e.notes or "Open your profile to see what this means for you.",
        _ids("user_id", "verification_id"),
    ),
    Telling(
        UserRoleChanged, EVERYWHERE, _learner,
        lambda e: f"Your role is {e.to_role} now",
        lambda e: f"Before, you were {e.from_role}.",
        _ids("user_id"),
    ),
    Telling(
        UserSuspended, (Channel.EMAIL,), _learner,
        lambda _: "Your account has been suspended",
        lambda e: f"{e.reason} {_until(e)}",
        _ids("user_id"),
    ),
    Telling(
        UserReinstated, (Channel.EMAIL,), _learner,
        lambda _: "Your account is open again",
        lambda _: "You can sign in as before.",
        _ids("user_id"),
    ),
    Telling(
        PasswordChanged, (Channel.IN_APP, Channel.EMAIL), _learner,
        lambda _: "Your password has been changed",
        lambda _: "If this was not you, reset your password now: your other sessions have ended.",
        _ids("user_id"),
    ),
    Telling(
        MfaChanged, (Channel.IN_APP, Channel.EMAIL), _learner, _second_factor,
        lambda _: "If this was not you, reset your password now and sign in anew.",
        _ids("user_id"),
    ),
    Telling(
        InviteRedeemed, IN_APP, lambda e: [e.created_by],
        lambda e: f"{_name(e.person)} has redeemed your invite",
        lambda e: f"{e.uses} of {e.max_uses} uses are taken.",
        _ids("invite_id", "user_id"),
    ),
    Telling(
        ExportCompleted, (Channel.IN_APP, Channel.EMAIL), _learner,
        lambda _: "What we hold of you is ready to download",
        lambda e: f"Fetch it in your account until {e.expires_at:%d %B %Y at %H:%M} UTC.",
        _ids("export_id"),
    ),
    Telling(
        UserFollowed, ALOUD, lambda e: [e.followee_id],
        lambda e: f"{_name(e.person)} follows you",
        lambda e: e.person.headline or "Have a look at their profile.",
        _ids("follower_id"),
    ),
    Telling(
        UserReportReviewed, IN_APP, lambda e: [e.reporter_id],
        lambda _: "Your report has been reviewed",
        lambda _: "Thank you for telling us.",
        _ids("user_report_id"),
    ),
    Telling(
        PostLiked, IN_APP, lambda e: [e.author_id] if e.author_id != e.user_id else [],
        lambda e: f"{_name(e.person)} likes your post",
        lambda e: e.excerpt,
        _ids("post_id", "user_id"),
    ),
    Telling(
        CommentCreated, ALOUD, _commented,
        lambda e: f"{_name(e.person)} commented",
        lambda e: e.excerpt,
        _ids("post_id", "comment_id", "user_id"),
    ),
    Telling(
        MediaFailed, IN_APP, lambda e: [e.owner_id],
        lambda _: "A file could not be processed",
        lambda e: e.reason,
        _ids("asset_id"),
    ),
    Telling(
        EnrollmentCreated, EVERYWHERE, _learner,
        lambda e: f"You are enrolled in {e.course_title}",
        lambda _: "Start with the first lesson whenever you like.",
        _ids("enrollment_id", "course_id"),
    ),
    Telling(
        EnrollmentCancelled, ALOUD, _learner,
        lambda e: f"You are no longer enrolled in {e.course_title}",
        lambda _: "Your progress is kept in case you come back.",
        _ids("enrollment_id", "course_id"),
    ),
    Telling(
        CertificateIssued, EVERYWHERE, _learner,
        lambda e: f"Your certificate for {e.course_title} is ready",
        lambda e: f"Number {e.certificate_number}. Anyone can check it at {e.verification_url}",
        _ids("certificate_id", "enrollment_id", "course_id"),
    ),
    Telling(
        CertificateRevoked, EVERYWHERE, _learner,
        lambda e: f"Your certificate for {e.course_title} has been revoked",
        lambda e: e.reason or "Ask the author of the course for the reason.",
        _ids("certificate_id"),
    ),
    Telling(
        PaymentCaptured, EVERYWHERE, _learner,
        lambda e: f"We received {money(e.amount_minor, e.currency)}",
        lambda e: f"{e.item_title}. Receipt {e.receipt_number}.",
        _ids("order_id", "item_id"),
    ),
    Telling(
        PaymentFailed, ALOUD, _learner,
        lambda _: "Your payment did not go through",
        lambda e: f"{e.item_title}: you can try again.",
        _ids("order_id", "item_id"),
    ),
    Telling(
        RefundProcessed, EVERYWHERE, _learner,
        lambda e: f"{money(e.amount_minor, e.currency)} went back to you",
        lambda e: e.item_title,
        _ids("order_id", "item_id"),
    ),
    Telling(
        WebinarRegistered, EVERYWHERE, _learner,
        lambda e: f"You have a seat: {e.webinar_title}",
        lambda e: f"It starts on {e.starts_at:%d %B %Y at %H:%M} UTC.",
        _ids("webinar_id", "registration_id"),
    ),
    Telling(
        WebinarPromotedFromWaitlist, EVERYWHERE, _learner,
        lambda e: f"A seat is free for you: {e.webinar_title}",
        lambda e: f"It starts on {e.starts_at:%d %B %Y at %H:%M} UTC.",
        _ids("webinar_id", "registration_id"),
    ),
    Telling(
        WebinarRegistrationCancelled, ALOUD, _learner,
        lambda e: f"Your registration has ended: {e.webinar_title}",
        lambda _: "You can register again while there are seats.",
        _ids("webinar_id", "registration_id"),
    ),
)  # fmt: skip

BY_TYPE: dict[str, Telling[Any]] = {telling.event.name: telling for telling in TELLINGS}
DEFAULT_CHANNELS: dict[str, tuple[Channel, ...]] = {
    name: telling.channels for name, telling in BY_TYPE.items()
} | {"verification.submitted": IN_APP, "user.reported": IN_APP}
