"""Spans are united, cut and measured."""

import pytest

from course_service.spans import Spans, first, length, union, within, without


@pytest.mark.parametrize(
    ("many", "united"),
    [
        ([], ()),
        ([(0, 5), (5, 9)], ((0, 9),)),
        ([(7, 9), (0, 5), (3, 4)], ((0, 5), (7, 9))),
        ([(3, 3), (5, 4)], ()),
    ],
)
def test_what_touches_becomes_one(many: list[tuple[int, int]], united: Spans) -> None:
    assert union(many) == united


@pytest.mark.parametrize(
    ("spans", "taken", "left"),
    [
        (((0, 10),), (), ((0, 10),)),
        (((0, 10),), ((0, 10),), ()),
        (((0, 10),), ((2, 4), (6, 7)), ((0, 2), (4, 6), (7, 10))),
        (((0, 3), (8, 12)), ((2, 9),), ((0, 2), (9, 12))),
    ],
)
def test_what_is_taken_is_missing(spans: Spans, taken: Spans, left: Spans) -> None:
    assert without(spans, taken) == left
    assert length(spans) == length(left) + length(spans) - length(without(spans, taken))


@pytest.mark.parametrize(
    ("allowed", "kept"),
    [(0, ()), (-1, ()), (3, ((0, 3),)), (4.2, ((0, 4), (6, 7))), (99, ((0, 4), (6, 9)))],
)
def test_only_the_beginning_is_believed(allowed: float, kept: Spans) -> None:
    assert first(((0, 4), (6, 9)), allowed) == kept


def test_nothing_lies_beyond_the_end() -> None:
    assert within(((0, 4), (6, 9), (9, 12)), 7) == ((0, 4), (6, 7))
