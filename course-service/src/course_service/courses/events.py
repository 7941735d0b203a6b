"""Courses as the events that announce them."""

from typing import Any

from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from contracts.event import Person
from course_service.courses.models import Course


def publication_of(course: Course) -> CoursePublished:
    """The course can be found and joined."""
    return CoursePublished(**_facts(course), published_at=course.published_at or course.updated_at)


def update_of(course: Course) -> CourseUpdated:
    """The published course looks like this now."""
    return CourseUpdated(**_facts(course))


def archival_of(course: Course) -> CourseArchived:
    """The course cannot be found any more."""
    return CourseArchived(
        version=course.version,
        course_id=course.id,
        author_id=course.author_id,
        title=course.title,
    )


def _facts(course: Course) -> dict[str, Any]:
    return {
        "version": course.version,
        "course_id": course.id,
        "author_id": course.author_id,
        "title": course.title,
        "slug": course.slug,
        "description": course.description,
        "category": course.category,
        "specialty_tags": course.specialty_tags,
        "pricing_type": course.pricing_type,
        "amount_minor": course.amount_minor,
        "currency": course.currency,
        "visibility": course.visibility,
        "thumbnail_url": course.thumbnail_url,
        "person": Person(full_name=course.instructor_name),
    }
