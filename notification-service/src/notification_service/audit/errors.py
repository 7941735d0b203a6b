"""What can be wrong with a question to the audit trail."""

from servicekit.problems import Unprocessable


class NumberBeyondEnd(Unprocessable):
    """The chain ends before this number."""

    title = "The audit trail ends before this number"
