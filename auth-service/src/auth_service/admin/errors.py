"""What admins may not do."""

from servicekit.problems import Conflict


class OwnRole(Conflict):
    """Nobody changes their own role: the last admin could be lost."""

    title = "Nobody changes their own role"
