"""What can be wrong with joining a course."""

from servicekit.problems import Conflict, Forbidden, NotFound, Unprocessable


class EnrollmentNotFound(NotFound):
    """There is no such enrollment of yours."""

    title = "There is no such enrollment"


class AccessCodeWrong(Forbidden):
    """This course takes an access code, and the one sent (or none) is not it."""

    title = "The access code is not right"


class CourseClosed(Conflict):
    """The course takes no new learners."""

    title = "The course takes no new learners"


class LessonElsewhere(Unprocessable):
    """The lesson is not part of this enrollment's course."""

    title = "The lesson is not part of this course"
