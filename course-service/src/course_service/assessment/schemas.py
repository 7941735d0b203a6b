"""Bodies and answers of quizzes and attempts."""

from datetime import datetime
from math import isfinite
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from course_service.assessment.models import AttemptStatus, QuestionType, QuizStatus, ShowAnswers
from course_service.bodies import PostIn
from servicekit.fields import In, Line, Out, Patch, ShortText, Title, clean_text

Words = Annotated[str, AfterValidator(clean_text), Field(min_length=1, max_length=2_000)]
Index = Annotated[StrictInt, Field(ge=0, le=50)]
AnswerText = Annotated[str, AfterValidator(clean_text), Field(max_length=2_000)]
Answer = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-(10**12), le=10**12)]
    | Annotated[list[Index], Field(max_length=50)]
    | AnswerText
    | None
)
"""The index of an option, a list of indices, or text, in the order shown; null for no answer."""
Answers = Annotated[list[Answer], Field(max_length=200)]
Score = Annotated[int, Field(ge=0, le=100)]
Tries = Annotated[int, Field(ge=1, le=1_000)]
TimeLimit = Annotated[int, Field(ge=1, le=86_400)]


class OptionIn(In):
    """One option."""

    text: Words


class QuestionIn(PostIn):
    """One question with its key: an index, indices or text, as its type asks."""

    question_type: QuestionType
    question: Words
    options: Annotated[list[OptionIn], Field(max_length=20, default_factory=list)]
    correct_index: Index | None = None
    correct_indices: Annotated[list[Index] | None, Field(max_length=20)] = None
    correct_text: AnswerText | None = None
    points: Annotated[int, Field(ge=1, le=1_000)] = 1
    explanation: ShortText | None = None

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        match self.question_type:
            case QuestionType.MCQ | QuestionType.TRUE_FALSE:
                self._check_index()
            case QuestionType.MSQ:
                self._check_indices()
            case QuestionType.SHORT_ANSWER | QuestionType.NUMERIC:
                self._check_text()
            case QuestionType.ESSAY:
                pass
        return self

    def _check_index(self) -> None:
        if self.question_type is QuestionType.TRUE_FALSE and not self.options:
            self.options = [OptionIn(text="True"), OptionIn(text="False")]
        if len(self.options) < 2:
            raise ValueError("at least two options are needed")
        if self.correct_index is None or self.correct_index >= len(self.options):
            raise ValueError("correct_index must name an option, counted from 0")

    def _check_indices(self) -> None:
        wanted = set(self.correct_indices or [])
        if len(self.options) < 2:
            raise ValueError("at least two options are needed")
        if not wanted or max(wanted) >= len(self.options):
            raise ValueError("correct_indices must name options, counted from 0")

    def _check_text(self) -> None:
        if not (self.correct_text or "").strip():
            raise ValueError("correct_text is needed")
        if self.question_type is QuestionType.NUMERIC:
            try:
                number = float(self.correct_text or "")
            except ValueError:
                raise ValueError("correct_text must be a number") from None
            if not isfinite(number):
                raise ValueError("correct_text must be a number")


Questions = Annotated[list[QuestionIn], Field(min_length=1, max_length=200)]


class QuizIn(PostIn):
    """A new quiz. `passing_score` is in percent."""

    title: Line | None = None
    questions: Questions
    passing_score: Score
    max_attempts: Tries | None = None
    time_limit_secs: TimeLimit | None = None
    randomize_order: bool = False
    shuffle_options: bool = False
    show_answers: ShowAnswers = ShowAnswers.NEVER


class QuizPatch(Patch):
    """What may change about a quiz; attempts that have begun keep their paper."""

    title: Title = ""
    questions: Annotated[Questions, Field(default_factory=list)]
    passing_score: Score = 0
    max_attempts: Tries | None = None
    time_limit_secs: TimeLimit | None = None
    randomize_order: bool = False
    shuffle_options: bool = False
    show_answers: ShowAnswers = ShowAnswers.NEVER


class AnswersIn(PostIn):
    """A whole paper, in the order shown. `time_taken_secs` is not believed."""

    answers: Answers
    time_taken_secs: Annotated[int | None, Field(ge=0, le=1_000_000)] = None


class AnswerIn(In):
    """The answer to one question."""

    answer: Answer


class OptionOut(Out):
    """One option."""

    text: str


class QuestionOut(Out):
    """A question; what would give the key away is null until it may be seen."""

    question_type: QuestionType
    question: str
    options: list[OptionOut]
    points: int
    correct_index: int | None
    correct_indices: list[int] | None
    correct_text: str | None
    explanation: str | None


class QuizOut(Out):
    """A quiz. Learners see no key, and no questions of a timed or shuffled one before a start."""

    id: UUID
    lesson_id: UUID
    course_id: UUID
    title: str
    status: QuizStatus
    passing_score: int
    max_attempts: int | None
    attempts_used: int
    time_limit_secs: int | None
    randomize_order: bool
    shuffle_options: bool
    show_answers: ShowAnswers
    question_count: int
    questions: list[QuestionOut]


class AttemptOut(Out):
    """An attempt with its questions in the order shown and the learner's answers."""

    id: UUID
    quiz_id: UUID
    lesson_id: UUID
    status: AttemptStatus
    score_pct: int | None
    passed: bool | None
    passing_score: int
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    questions: list[QuestionOut]
    answers: list[Answer]


class AttemptLineOut(Out):
    """An attempt in a list."""

    id: UUID
    quiz_id: UUID
    status: AttemptStatus
    score_pct: int | None
    passed: bool | None
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
