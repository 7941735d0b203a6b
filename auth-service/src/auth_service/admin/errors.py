"""What admins may not do."""

from servicekit.problems import Conflict, Forbidden


class OwnRole(Conflict):
    """Nobody changes their own role: the last admin could be lost."""

    title = "Nobody changes their own role"


class OwnSuspension(Conflict):
    """Nobody suspends themselves, or ends their own suspension."""

    title = "Nobody suspends or reinstates themselves"


class LastAdmin(Conflict):
    """This is the last admin who can act. Make another one first."""

    title = "This is the last admin"


class RoleTooHigh(Forbidden):
    """Moderators suspend and reinstate people whose role is lower than theirs."""

    title = "The role of this person is not lower than yours"


class OwnErasure(Conflict):
    """Nobody erases themselves by the admins' door. Use `DELETE /users/me`."""

    title = "Nobody erases themselves here"
