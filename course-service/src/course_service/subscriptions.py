"""Everything course-service reacts to, in one table."""

from contracts.access import UserDeleted
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.course import EnrollmentCompleted, LessonCompleted, QuizSubmitted
from contracts.media import MediaDeleted, MediaFailed, MediaProcessed, MediaUploaded
from contracts.payment import EntitlementGranted, EntitlementRevoked
from contracts.privacy import ExportRequested
from course_service.certificates.consumers import issue_certificate
from course_service.copies.consumers import copy_asset, copy_person
from course_service.enrollments.consumers import (
    close_refunded_course,
    count_finished_lesson,
    open_paid_course,
)
from course_service.player.consumers import record_quiz_score
from course_service.privacy.consumers import erase_person, note_export
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, Subscription, on

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(EntitlementGranted, open_paid_course),
    on(EntitlementRevoked, close_refunded_course),
    on(QuizSubmitted, record_quiz_score),
    on(LessonCompleted, count_finished_lesson),
    on(EnrollmentCompleted, issue_certificate),
    on(MediaUploaded, copy_asset),
    on(MediaProcessed, copy_asset),
    on(MediaFailed, copy_asset),
    on(MediaDeleted, copy_asset),
    on(UserRegistered, copy_person, order="latest"),
    on(UserProfileUpdated, copy_person, order="latest"),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
