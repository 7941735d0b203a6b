"""What a handler can say by raising, and what the kit says of a message or of the database."""

from psycopg import Error as PostgresError
from psycopg import InterfaceError, OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_AWAY = ("08", "53", "57", "58")
_QUERY_CANCELED = "57014"


class TooEarly(Exception):
    """The event speaks of something that this service does not know yet: wait, without alarm."""


class Permanent(Exception):
    """No retry can help: the message goes to the desk at once, with this as its cause."""


class NotAnEvent(Exception):
    """A message without usable CloudEvents headers: nothing can be recorded about it."""


class DatabaseAway(Exception):
    """The database cannot be reached; nobody's message is to blame."""


def database_is_away(error: BaseException) -> bool:
    """Whether `error` means that the database is away, and not that a statement was wrong.

    A deadlock (40P01) or a statement timeout (57014) is the message's own fault.
    """
    if isinstance(error, PoolTimeout | DatabaseAway):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, PostgresError):
        return False
    if cause.sqlstate is None:
        return isinstance(cause, OperationalError | InterfaceError)
    return cause.sqlstate[:2] in _AWAY and cause.sqlstate != _QUERY_CANCELED


def describe(error: BaseException) -> str:
    """The class and first line of `error`, short enough for a row; no statement's parameters."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    first_line = (str(cause).strip() or "no message").splitlines()[0]
    return f"{type(cause).__name__}: {first_line}"[:500]
