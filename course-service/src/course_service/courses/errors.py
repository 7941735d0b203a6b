"""What can be wrong with a course."""

from servicekit.problems import Conflict, NotFound


class CourseNotFound(NotFound):
    """There is no such course, or you may not see it."""

    title = "There is no such course"


class SlugTaken(Conflict):
    """Another course has this slug. Choose a different one."""

    title = "Another course has this slug"


class CourseNotReady(Conflict):
    """The course cannot be published yet; `missing` lists what it lacks."""

    title = "The course cannot be published yet"


class CourseHasLearners(Conflict):
    """People learn in this course, so it can be archived but not deleted."""

    title = "People learn in this course"


class CourseStatusFinal(Conflict):
    """A course does not return to a draft once people could join it. Archive it instead."""

    title = "A published course does not return to a draft"
