"""Papers are laid out and graded."""

from typing import Any

import pytest

from course_service.assessment.models import Quiz
from course_service.assessment.papers import grade, is_right, lay_out
from servicekit.ids import uuid7


def question(kind: str, **key: Any) -> dict[str, Any]:
    """A stored question of that kind, a point each unless said."""
    nothing = {"correct_index": None, "correct_indices": None, "correct_text": None}
    options = [{"text": text} for text in "abcd"]
    return {"question_type": kind, "question": "?", "options": options, "points": 1} | nothing | key


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        (question("MCQ", correct_index=2), [2], [1, "2", True, [2], None]),
        (question("MSQ", correct_indices=[0, 2]), [[0, 2], [2, 0]], [[0], [0, 1, 2], 0, None]),
        (question("TRUE_FALSE", correct_index=0), [0, True], [1, False, None]),
        (question("TRUE_FALSE", correct_index=1), [1, False], [0, True, "no"]),
        (question("SHORT_ANSWER", correct_text="Left atrium"), [" left  ATRIUM "], ["right", 1]),
        (question("NUMERIC", correct_text="7.4"), ["7.4", "7.40"], ["7,4", "7.5", [7], "nan"]),
        (question("NUMERIC", correct_text="7"), [7, "7.0"], [8, "x"]),
    ],
)
def test_only_the_key_is_right(asked: Any, right: list[Any], wrong: list[Any]) -> None:
    assert all(is_right(asked, answer) for answer in right)
    assert not any(is_right(asked, answer) for answer in wrong)


def test_points_are_shared_and_missing_answers_earn_nothing() -> None:
    paper = [question("MCQ", correct_index=0, points=3), question("MCQ", correct_index=1)]
    assert grade(paper, [0, 1]) == 100
    assert grade(paper, [0]) == 75
    assert grade(paper, []) == 0
    assert grade(paper, [0, 1, 1, 1]) == 100


def test_an_attempt_always_sees_the_same_order_and_the_key_moves_along() -> None:
    asked = [question("MCQ", correct_index=n % 4, question=str(n)) for n in range(20)]
    asked += [question("MSQ", correct_indices=[0, 3])]
    quiz = Quiz(questions=asked, randomize_order=True, shuffle_options=True)
    one, other = uuid7(), uuid7()
    assert lay_out(quiz, attempt_id=one) == lay_out(quiz, attempt_id=one)
    assert lay_out(quiz, attempt_id=one) != lay_out(quiz, attempt_id=other)
    for shown in lay_out(quiz, attempt_id=one):
        texts = [option["text"] for option in shown["options"]]
        if shown["question_type"] == "MSQ":
            assert {texts[index] for index in shown["correct_indices"]} == {"a", "d"}
        else:
            assert texts[shown["correct_index"]] == "abcd"[int(shown["question"]) % 4]
