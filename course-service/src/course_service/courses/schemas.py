"""Bodies and answers of the course routes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from contracts.course import CourseVisibility, PricingType
from course_service.bodies import PostIn
from course_service.courses.models import CertificationMode, CourseStatus
from servicekit.fields import (
    CurrencyCode,
    Line,
    Money,
    Out,
    Patch,
    ShortText,
    Tag,
    Text,
    Title,
    Url,
    clean_line,
)

Slug = Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
AccessCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, min_length=4, max_length=32),
    AfterValidator(clean_line),
]
Tags = Annotated[list[Tag], Field(max_length=20)]
Unbuilt = Annotated[Any, Field(description="Only its default for now")]

UNBUILT = (
    "completion_logic",
    "approval_required",
    "registration_questions",
    "eligibility_rules",
    "drip",
    "prerequisites",
)
"""Fields whose effect is not built yet: anything but nothing is refused."""


class ModuleUnlockMode(StrEnum):
    """When a module opens."""

    ALL_UNLOCKED = "ALL_UNLOCKED"
    SEQUENTIAL = "SEQUENTIAL"
    CUSTOM = "CUSTOM"


class CourseIn(PostIn):
    """A new course, which begins as a draft."""

    title: Title
    slug: Slug | None = None
    description: Text
    instructor_name: Title
    instructor_bio: ShortText | None = None
    category: Title
    specialty_tags: Annotated[Tags, Field(default_factory=list)]
    pricing_type: PricingType
    price: Money | None = None
    currency: CurrencyCode = "INR"
    visibility: CourseVisibility = CourseVisibility.PUBLIC
    thumbnail_url: Url | None = None
    syllabus: Text | None = None
    access_code: AccessCode | None = None
    module_unlock_mode: ModuleUnlockMode = ModuleUnlockMode.ALL_UNLOCKED
    certification_mode: CertificationMode = CertificationMode.COURSE
    completion_logic: Unbuilt = None
    approval_required: bool = False
    registration_questions: Annotated[list[Any], Field(max_length=100, default_factory=list)]
    eligibility_rules: Unbuilt = None
    drip: Unbuilt = None
    prerequisites: Unbuilt = None


class CoursePatch(Patch):
    """What an author may change at any time."""

    title: Title = ""
    slug: Slug = ""
    description: Text = ""
    instructor_name: Title = ""
    instructor_bio: ShortText | None = None
    category: Title = ""
    specialty_tags: Annotated[Tags, Field(default_factory=list)]
    pricing_type: PricingType = PricingType.FREE
    price: Money | None = None
    currency: CurrencyCode = "INR"
    visibility: CourseVisibility = CourseVisibility.PUBLIC
    thumbnail_url: Url | None = None
    syllabus: Text | None = None
    access_code: AccessCode | None = None
    module_unlock_mode: ModuleUnlockMode = ModuleUnlockMode.ALL_UNLOCKED
    certification_mode: CertificationMode = CertificationMode.COURSE
    completion_logic: Unbuilt = None
    approval_required: bool = False
    registration_questions: Annotated[list[Any] | None, Field(max_length=100)] = None
    eligibility_rules: Unbuilt = None
    drip: Unbuilt = None
    prerequisites: Unbuilt = None


class StatusPatch(Patch):
    """Where a course should be."""

    status: CourseStatus


class CourseFilter(BaseModel):
    """What narrows a list of courses."""

    model_config = ConfigDict(extra="ignore")

    category: Line | None = None
    specialty: Tag | None = None
    pricing_type: PricingType | None = None
    author_id: UUID | None = None
    q: Line | None = None
    visibility: CourseVisibility | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=500)] = None


class CourseOut(Out):
    """A course as everyone who may see it sees it."""

    id: UUID
    author_id: UUID
    title: str
    slug: str
    description: str
    instructor_name: str
    instructor_bio: str | None
    category: str
    specialty_tags: list[str]
    pricing_type: PricingType
    price: str | None
    currency: str
    visibility: CourseVisibility
    thumbnail_url: str | None
    syllabus: str | None
    access_code_required: bool
    certification_mode: CertificationMode
    status: CourseStatus
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class OutlineLessonOut(Out):
    """A lesson as the outline shows it: what it is, not what it says."""

    id: UUID
    title: str
    lesson_type: Literal["VIDEO", "PDF", "TEXT", "QUIZ"]
    duration_mins: int | None
    sort_order: int
    is_preview: bool


class OutlineModuleOut(Out):
    """A module and its lessons, in their order."""

    id: UUID
    title: str
    sort_order: int
    lessons: list[OutlineLessonOut]


class CourseDetailOut(CourseOut):
    """A course with everything that is in it."""

    modules: list[OutlineModuleOut]
