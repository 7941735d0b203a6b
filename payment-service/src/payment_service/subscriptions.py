"""Everything payment-service reacts to, in one table."""

from contracts.access import UserDeleted
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from contracts.payment import PaymentCaptured, RefundProcessed
from contracts.privacy import ExportRequested
from contracts.webinar import WebinarCancelled, WebinarRescheduled, WebinarScheduled
from payment_service.catalogue.consumers import keep_course, keep_webinar
from payment_service.coupons.consumers import redeem_coupon
from payment_service.entitlements.consumers import open_or_close_access
from payment_service.payments.consumers import refund_cancelled_webinar, refund_late_payment
from payment_service.points.consumers import REWARDED, award_points, keep_player
from payment_service.privacy.consumers import erase_person, note_export
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, Subscription, on, on_every

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(CoursePublished, keep_course, order="latest"),
    on(CourseUpdated, keep_course, order="latest"),
    on(CourseArchived, keep_course, order="latest"),
    on(WebinarScheduled, keep_webinar, order="latest"),
    on(WebinarRescheduled, keep_webinar, order="latest"),
    on(WebinarCancelled, keep_webinar, order="latest"),
    on(WebinarCancelled, refund_cancelled_webinar),
    on(PaymentCaptured, open_or_close_access, order="aggregate"),
    on(RefundProcessed, open_or_close_access, order="aggregate"),
    on(PaymentCaptured, redeem_coupon),
    on(PaymentCaptured, refund_late_payment),
    on(UserRegistered, keep_player, order="latest"),
    on(UserProfileUpdated, keep_player, order="latest"),
    *on_every(REWARDED, award_points),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
