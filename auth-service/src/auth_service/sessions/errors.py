"""What can be wrong with signing in."""

from datetime import datetime
from uuid import UUID

from servicekit.problems import Forbidden, NotFound, TooManyRequests, Unauthorized


class CredentialsWrong(Unauthorized):
    """There is no account with this address and password."""

    title = "The e-mail address or the password is wrong"


class AccountLocked(TooManyRequests):
    """Too many sign-ins to this address failed. `Retry-After` says when to try again."""

    title = "Too many sign-ins to this address failed"


class AccountSuspended(Forbidden):
    """A moderator has suspended this account; `until` says how long, its absence: for good."""

    title = "This account is suspended"

    def __init__(self, *, user_id: UUID, until: datetime | None) -> None:
        super().__init__(until=until and until.isoformat().replace("+00:00", "Z"))
        self.user_id = user_id


class RefreshTokenInvalid(Unauthorized):
    """The refresh token is unknown, expired, or its session has ended. Sign in again."""

    title = "The refresh token is not valid any more"


class SessionNotFound(NotFound):
    """You have no such session."""

    title = "You have no such session"
