"""Who builds an event is read from the sources, however the class was imported."""

import ast

import pytest

from servicekit.catalogue import _calls

ENDED = ("contracts.course", "CourseArchived")


@pytest.mark.parametrize(
    "source",
    [
        "from contracts.course import CourseArchived\nCourseArchived(version=1)",
        "from contracts.course import CourseArchived as Ended\nEnded(version=1)",
        "from contracts import course\ncourse.CourseArchived(version=1)",
    ],
)
def test_a_call_of_an_event_is_found(source: str) -> None:
    assert list(_calls(ast.parse(source))) == [ENDED]


@pytest.mark.parametrize(
    "source",
    [
        "from contracts.course import CourseArchived\non(CourseArchived, forget)",
        "from contracts.course import CourseArchived\ndef hear(event: CourseArchived) -> None: ...",
        "from elsewhere import CourseArchived\nCourseArchived()",
    ],
)
def test_hearing_an_event_is_not_building_it(source: str) -> None:
    assert ENDED not in list(_calls(ast.parse(source)))
