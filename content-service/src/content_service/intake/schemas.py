"""What the sender of a file is answered."""

from servicekit.fields import Out


class StoredOut(Out):
    """What a direct upload left in quarantine."""

    size_bytes: int
