"""What can be wrong with a channel."""

from servicekit.problems import Conflict, NotFound


class ChannelNotFound(NotFound):
    """There is no such channel, or it is not yours."""

    title = "There is no such channel"


class ChannelSlugTaken(Conflict):
    """Another channel has this slug. Choose another one."""

    title = "Another channel has this slug"
