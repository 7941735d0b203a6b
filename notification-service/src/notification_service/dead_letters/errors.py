"""What can be wrong with a request to the desk."""

from servicekit.problems import Conflict, NotFound


class DeadLetterNotFound(NotFound):
    """There is no such dead letter."""

    title = "There is no such dead letter"


class NotReplayable(Conflict):
    """Nobody listens to this type, or the letter has been replayed or dropped already."""

    title = "This letter cannot be replayed"
