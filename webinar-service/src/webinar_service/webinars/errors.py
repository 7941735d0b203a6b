"""What can be wrong with a webinar."""

from servicekit.problems import Conflict, NotFound, Unprocessable


class WebinarNotFound(NotFound):
    """There is no such webinar, or you may not see or change it."""

    title = "There is no such webinar"


class WebinarNotOpen(Conflict):
    """The webinar is cancelled or over."""

    title = "The webinar does not take place any more"


class WebinarInThePast(Unprocessable):
    """A webinar is scheduled for a time to come."""

    title = "The webinar would start in the past"


class WebinarHasRegistrations(Conflict):
    """People have seats: cancel the webinar instead, so that they hear of it."""

    title = "People are registered for this webinar"


class CapacityTooSmall(Conflict):
    """More people have seats already than the new capacity allows; see `seats_taken`."""

    title = "More seats than that are taken"
