"""Who may read what: asked by every query that shows something, never afterwards."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_

from content_service.people.models import Barrier, BarrierKind, Follow
from contracts.access import Role
from servicekit.access.principal import Principal

NOBODY = UUID(int=0)
"""The viewer's id where nobody is signed in."""


class Audience(StrEnum):
    """Who may read a post or find a document. People choose from the first three for posts."""

    PUBLIC = "PUBLIC"
    VERIFIED_ONLY = "VERIFIED_ONLY"
    FOLLOWERS_ONLY = "FOLLOWERS_ONLY"
    MEMBER_ONLY = "MEMBER_ONLY"


def open_to(viewer: Principal | None) -> list[Audience]:
    """The audiences that the viewer belongs to, whoever the author is."""
    found = [Audience.PUBLIC]
    if viewer is not None and viewer.verified:
        found.append(Audience.VERIFIED_ONLY)
    if viewer is not None and viewer.is_at_least(Role.MEMBER):
        found.append(Audience.MEMBER_ONLY)
    return found


def readable_by(viewer: Principal | None, *, owner: Any, visibility: Any) -> ColumnElement[bool]:
    """A condition on the columns `owner` and `visibility` of whatever is shown."""
    public: ColumnElement[bool] = visibility.in_(open_to(viewer))
    if viewer is None:
        return public
    follows = exists().where(
        Follow.follower_id == viewer.user_id,
        Follow.followee_id == owner,
        Follow.ended_at.is_(None),
    )
    audience = or_(
        public,
        owner == viewer.user_id,
        and_(visibility == Audience.FOLLOWERS_ONLY, follows),
    )
    return audience & unblocked(viewer, owner)


def unblocked(viewer: Principal, author: Any) -> ColumnElement[bool]:
    """A condition on a column of people: no block stands between them and the viewer."""
    return ~exists().where(
        Barrier.viewer_id == viewer.user_id,
        Barrier.hidden_id == author,
        Barrier.kind == BarrierKind.BLOCK,
        Barrier.ended_at.is_(None),
    )
