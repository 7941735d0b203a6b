"""What can be wrong with a registration. The host's own webinar needs no seat."""

from servicekit.problems import Conflict


class HostNeedsNoSeat(Conflict):
    """You host this webinar: you are in it anyway."""

    title = "Hosts need no seat in their own webinar"
