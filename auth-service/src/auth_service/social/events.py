"""Relations and reports as events."""

from auth_service.social.models import Barrier, BarrierKind, Follow, UserReport
from contracts.auth import (
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserReported,
    UserReportReviewed,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from contracts.event import Person


def start_of(relation: Follow, follower: Person) -> UserFollowed:
    """`user.followed`."""
    return UserFollowed(
        version=relation.version,
        follow_id=relation.id,
        follower_id=relation.follower_id,
        followee_id=relation.followee_id,
        person=follower,
    )


def end_of(relation: Follow) -> UserUnfollowed:
    """`user.unfollowed`."""
    return UserUnfollowed(
        version=relation.version,
        follow_id=relation.id,
        follower_id=relation.follower_id,
        followee_id=relation.followee_id,
    )


def raising_of(barrier: Barrier) -> UserBlocked | UserMuted:
    """`user.blocked` or `user.muted`."""
    if barrier.kind is BarrierKind.BLOCK:
        return UserBlocked(
            version=barrier.version,
            block_id=barrier.id,
            blocker_id=barrier.owner_id,
            blocked_id=barrier.target_id,
        )
    return UserMuted(
        version=barrier.version,
        mute_id=barrier.id,
        muter_id=barrier.owner_id,
        muted_id=barrier.target_id,
    )


def ending_of(barrier: Barrier) -> UserUnblocked | UserUnmuted:
    """`user.unblocked` or `user.unmuted`."""
    if barrier.kind is BarrierKind.BLOCK:
        return UserUnblocked(
            version=barrier.version,
            block_id=barrier.id,
            blocker_id=barrier.owner_id,
            blocked_id=barrier.target_id,
        )
    return UserUnmuted(
        version=barrier.version,
        mute_id=barrier.id,
        muter_id=barrier.owner_id,
        muted_id=barrier.target_id,
    )


def report_of(report: UserReport) -> UserReported:
    """`user.reported`."""
    return UserReported(
        version=report.version,
        user_report_id=report.id,
        reporter_id=report.reporter_id,
        reported_id=report.reported_id,
    )


def review_of(report: UserReport) -> UserReportReviewed:
    """`user_report.reviewed`; of a report that somebody has decided on."""
    return UserReportReviewed(
        version=report.version,
        user_report_id=report.id,
        reporter_id=report.reporter_id,
        reported_id=report.reported_id,
        reviewer_id=report.reviewer_id,
        status=report.status.value,
    )
