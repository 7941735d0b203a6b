"""What can be wrong with a comment."""

from servicekit.problems import Conflict, NotFound


class CommentNotFound(NotFound):
    """There is no such comment, or it is not yours."""

    title = "There is no such comment"


class CommentTooDeep(Conflict):
    """An answer to a comment is not answered itself: answer the comment."""

    title = "Answers are not answered"
