"""What can be wrong with modules and lessons."""

from servicekit.problems import Forbidden, NotFound, Unprocessable


class ModuleNotFound(NotFound):
    """There is no such module, or it is not yours."""

    title = "There is no such module"


class LessonNotFound(NotFound):
    """There is no such lesson, or you may not see it."""

    title = "There is no such lesson"


class AssetUnusable(Unprocessable):
    """The asset is not yours, of another kind than the lesson, or could not be processed."""

    title = "This asset cannot be used for the lesson"


class ModulesDiffer(Unprocessable):
    """`module_ids` must name every module of the course once."""

    title = "Name every module of the course once"


class NotEnrolled(Forbidden):
    """Join the course `course_id` first."""

    title = "Join the course first"
