"""Everything content-service reacts to, in one table."""

from content_service.media.consumers import follow_job
from content_service.people.consumers import copy_block, copy_follow, copy_mute, copy_person
from content_service.posts.consumers import show_course, show_webinar
from content_service.privacy.consumers import erase_person, note_export
from contracts.access import UserDeleted, UserVerificationChanged
from contracts.auth import (
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserProfileUpdated,
    UserRegistered,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from contracts.media import MediaFailed, MediaProcessed, MediaProgressed
from contracts.privacy import ExportRequested
from contracts.webinar import WebinarCancelled, WebinarRescheduled, WebinarScheduled
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.messaging import Retired, on

SUBSCRIPTIONS = (
    on(UserDeleted, erase_person, batch=1),
    on(ExportRequested, note_export),
    on(MediaProgressed, follow_job, order="latest"),
    on(MediaProcessed, follow_job, order="latest"),
    on(MediaFailed, follow_job, order="latest"),
    on(UserRegistered, copy_person, order="latest"),
    on(UserProfileUpdated, copy_person, order="latest"),
    on(UserVerificationChanged, copy_person, order="latest"),
    on(UserFollowed, copy_follow, order="latest"),
    on(UserUnfollowed, copy_follow, order="latest"),
    on(UserBlocked, copy_block, order="latest"),
    on(UserUnblocked, copy_block, order="latest"),
    on(UserMuted, copy_mute, order="latest"),
    on(UserUnmuted, copy_mute, order="latest"),
    on(CoursePublished, show_course, order="latest"),
    on(CourseUpdated, show_course, order="latest"),
    on(CourseArchived, show_course, order="latest"),
    on(WebinarScheduled, show_webinar, order="latest"),
    on(WebinarRescheduled, show_webinar, order="latest"),
    on(WebinarCancelled, show_webinar, order="latest"),
    *ACCESS_SUBSCRIPTIONS,
)

RETIRED: tuple[Retired, ...] = ()
