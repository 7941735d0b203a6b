"""What can be wrong with a verification."""

from servicekit.problems import Conflict, Forbidden, NotFound


class VerificationNotFound(NotFound):
    """There is no such verification."""

    title = "There is no such verification"


class VerificationOpen(Conflict):
    """A document of this kind of yours waits for its review already."""

    title = "A document of this kind is waiting already"


class VerificationDecided(Conflict):
    """Somebody has decided on this document before."""

    title = "The document has been decided on"


class OwnVerification(Forbidden):
    """Nobody reviews their own documents."""

    title = "Nobody reviews their own documents"
