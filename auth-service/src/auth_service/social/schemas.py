"""What following answers."""

from datetime import datetime
from uuid import UUID

from servicekit.fields import Out


class FollowOut(Out):
    """Whether the caller follows the person now, and the person's counters."""

    user_id: UUID
    following: bool
    followers_count: int
    following_count: int


class FollowedPersonOut(Out):
    """Somebody who follows or is followed; `following`: whether the caller follows them."""

    id: UUID
    full_name: str | None
    username: str | None
    headline: str | None
    specialty: str | None
    avatar_url: str | None
    verified: bool
    following: bool
    followed_at: datetime
