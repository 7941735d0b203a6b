"""What can be wrong with playing a lesson."""

from servicekit.problems import Conflict, Forbidden


class LessonOtherwiseMeasured(Conflict):
    """This kind of lesson is not measured that way."""

    title = "This kind of lesson is measured differently"


class PlaylistExpired(Forbidden):
    """The playlist's address has expired or was changed. Ask for the lesson's content again."""

    title = "The playlist's address is not good any more"
