"""A course and the states that it goes through."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.course import CourseVisibility, PricingType
from course_service.database import Model
from servicekit.database import AmountMinor, WithId
from servicekit.fields import from_minor


class CourseStatus(StrEnum):
    """Drafts are the author's alone; archived courses go on for those inside."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class CertificationMode(StrEnum):
    """What a certificate is given for."""

    COURSE = "COURSE"
    MODULE = "MODULE"
    BOTH = "BOTH"
    NONE = "NONE"


class Course(WithId, Model):
    """Something to learn. `version` counts its changes and is its ETag and the events' sequence."""

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(
            "ix_courses_catalogue",
            text("id DESC"),
            postgresql_where=text("status = 'PUBLISHED' AND deleted_at IS NULL"),
        ),
        Index("ix_courses_author_id", "author_id", "id"),
        Index(
            "ix_courses_words",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "gin_trgm_ops"},
        ),
    )

    author_id: Mapped[UUID]
    title: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str]
    instructor_name: Mapped[str]
    instructor_bio: Mapped[str | None]
    category: Mapped[str]
    specialty_tags: Mapped[list[str]]
    pricing_type: Mapped[PricingType]
    amount_minor: Mapped[AmountMinor] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="INR")
    visibility: Mapped[CourseVisibility]
    thumbnail_url: Mapped[str | None]
    syllabus: Mapped[str | None]
    access_code: Mapped[str | None]
    certification_mode: Mapped[CertificationMode]
    status: Mapped[CourseStatus] = mapped_column(default=CourseStatus.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    @property
    def price(self) -> str | None:
        """The price as a decimal string; None for what costs nothing."""
        return from_minor(self.amount_minor) if self.pricing_type is PricingType.PAID else None

    @property
    def access_code_required(self) -> bool:
        """Whether joining takes a code."""
        return self.access_code is not None

    @property
    def is_listed(self) -> bool:
        """Whether it can be found and joined."""
        return self.status is CourseStatus.PUBLISHED and self.deleted_at is None

    def change(self, at: datetime) -> None:
        """Count a change: every write of a course passes here once."""
        self.version, self.updated_at = self.version + 1, at

    def publish(self, at: datetime) -> bool:
        """Open it to everyone who may see it. Returns False if it is open already."""
        if self.status is CourseStatus.PUBLISHED:
            return False
        self.status, self.archived_at = CourseStatus.PUBLISHED, None
        self.published_at = self.published_at or at
        self.change(at)
        return True

    def archive(self, at: datetime) -> bool:
        """Take it out of the catalogue. Returns False if it is archived already."""
        if self.status is CourseStatus.ARCHIVED:
            return False
        self.status, self.archived_at = CourseStatus.ARCHIVED, at
        self.change(at)
        return True
