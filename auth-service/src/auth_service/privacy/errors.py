"""What can stand between a person and their erasure."""

from servicekit.problems import Conflict, Forbidden


class FreshProofNeeded(Forbidden):
    """Sign in again, or send the password: a token that somebody stole is not enough for this."""

    title = "Show once more who you are"


class OwnErasure(Conflict):
    """Nobody erases themselves by the admins' door. Use `DELETE /users/me`."""

    title = "Nobody erases themselves here"
