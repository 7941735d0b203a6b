"""What can be wrong with a request about notifications."""

from servicekit.problems import NotFound, Unprocessable


class NotificationNotFound(NotFound):
    """You have no such notification."""

    title = "You have no such notification"


class PreferenceUnknown(Unprocessable):
    """A type, channel or time zone in these preferences does not exist."""

    title = "The preferences name something that does not exist"
