"""What can be wrong with following."""

from servicekit.problems import Conflict


class FollowingOneself(Conflict):
    """Nobody follows themselves."""

    title = "You cannot follow yourself"
