"""What can be wrong with quizzes and attempts."""

from servicekit.problems import Conflict, NotFound


class QuizNotFound(NotFound):
    """There is no such quiz, or you may not see it."""

    title = "There is no such quiz"


class AttemptNotFound(NotFound):
    """There is no such attempt of yours."""

    title = "There is no such attempt"


class QuizExists(Conflict):
    """This lesson has a quiz already. Change that one."""

    title = "The lesson has a quiz already"


class LessonIsNoQuiz(Conflict):
    """Only a lesson of type QUIZ has a quiz."""

    title = "The lesson is of another type"


class QuizNotOpen(Conflict):
    """The quiz is not published yet."""

    title = "The quiz is not published yet"


class NoAttemptsLeft(Conflict):
    """Every attempt that the quiz allows is used; `max_attempts` says how many there were."""

    title = "There are no attempts left"


class QuizNotStarted(Conflict):
    """A timed or shuffled quiz has to be started first: POST `/start`."""

    title = "Start the quiz first"


class AttemptOver(Conflict):
    """The attempt was submitted, or its time is over. Late answers do not count."""

    title = "The attempt is over"
