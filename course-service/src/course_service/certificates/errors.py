"""What can be wrong with certificates."""

from servicekit.problems import Conflict, NotFound


class CertificateNotFound(NotFound):
    """There is no such certificate of yours."""

    title = "There is no such certificate"


class CourseNotFinished(Conflict):
    """Some lessons are still open; `progress_pct` says how far you are."""

    title = "Some lessons are still open"


class NoCertificateGiven(Conflict):
    """This course gives no certificate."""

    title = "This course gives no certificate"


class CertificateNotReady(Conflict):
    """The certificate waits for a name: set one in your profile, or send `recipient_name`."""

    title = "The certificate is not ready yet"


class CertificateWithdrawn(Conflict):
    """The certificate was revoked."""

    title = "The certificate was revoked"
