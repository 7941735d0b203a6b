"""What can be wrong between people."""

from servicekit.problems import Conflict, Forbidden, NotFound


class FollowingOneself(Conflict):
    """Nobody follows themselves."""

    title = "You cannot follow yourself"


class BarringOneself(Conflict):
    """Nobody blocks or mutes themselves."""

    title = "You cannot block or mute yourself"


class PersonBlocked(Conflict):
    """You have blocked this person. Unblock them first."""

    title = "You have blocked this person"


class ReportingOneself(Conflict):
    """Nobody reports themselves."""

    title = "You cannot report yourself"


class ReportNotFound(NotFound):
    """There is no such report."""

    title = "There is no such report"


class ReportDecided(Conflict):
    """Somebody has reviewed this report before."""

    title = "The report has been reviewed"


class OwnReport(Forbidden):
    """Nobody reviews a report that they made, or that is about them."""

    title = "Nobody reviews reports of their own"
