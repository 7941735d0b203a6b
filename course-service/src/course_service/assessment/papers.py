"""Papers: a quiz laid out for one attempt, and its grading. Plain data in, plain data out."""

import random
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from course_service.assessment.models import QuestionType, Quiz

Question = Mapping[str, Any]


def lay_out(quiz: Quiz, *, attempt_id: UUID) -> list[dict[str, Any]]:
    """The questions as this attempt sees them. The same attempt always gets the same order."""
    order = random.Random(attempt_id.int)  # noqa: S311  (an order of questions is no secret)
    questions = list(quiz.questions)
    if quiz.randomize_order:
        order.shuffle(questions)
    return [_shuffled(each, order) if quiz.shuffle_options else dict(each) for each in questions]


def grade(paper: Sequence[Question], answers: Sequence[Any]) -> int:
    """The share of points that the answers earn, in whole percent; missing answers earn nothing."""
    given = [*answers, *[None] * len(paper)]
    whole = sum(question["points"] for question in paper)
    earned = sum(
        question["points"]
        for question, answer in zip(paper, given, strict=False)
        if is_right(question, answer)
    )
    return 100 * earned // whole if whole else 0


def is_right(question: Question, answer: Any) -> bool:
    """Whether an answer in the order shown meets the key. TRUE_FALSE takes true and false too."""
    kind = QuestionType(question["question_type"])
    if answer is None:
        return False
    if kind in {QuestionType.MCQ, QuestionType.TRUE_FALSE}:
        return bool(_index_of(answer, kind) == question["correct_index"])
    if kind is QuestionType.MSQ:
        return isinstance(answer, list) and set(answer) == set(question["correct_indices"])
    if kind is QuestionType.NUMERIC:
        return _is_near(answer, float(question["correct_text"]))
    return _plain(str(answer)) == _plain(question["correct_text"])


def shown(question: Question, *, with_key: bool) -> dict[str, Any]:
    """A question for an answer, its key only if it may be seen."""
    key = ("correct_index", "correct_indices", "correct_text", "explanation")
    return {**question, **({} if with_key else dict.fromkeys(key))}


def _shuffled(question: Question, order: random.Random) -> dict[str, Any]:
    places = list(range(len(question["options"])))
    order.shuffle(places)
    index, indices = question["correct_index"], question["correct_indices"]
    return {
        **question,
        "options": [question["options"][place] for place in places],
        "correct_index": None if index is None else places.index(index),
        "correct_indices": None if indices is None else sorted(map(places.index, indices)),
    }


def _index_of(answer: Any, kind: QuestionType) -> int | None:
    if isinstance(answer, bool):
        # The first option of TRUE_FALSE is the true one.
        return int(not answer) if kind is QuestionType.TRUE_FALSE else None
    return answer if isinstance(answer, int) else None


def _is_near(answer: Any, wanted: float) -> bool:
    try:
        return abs(float(answer) - wanted) <= 1e-6 * max(1.0, abs(wanted))
    except (TypeError, ValueError):
        return False


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
