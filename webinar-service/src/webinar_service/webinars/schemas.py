"""Bodies and answers of the webinar routes."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.course import CourseVisibility, PricingType
from servicekit.fields import CurrencyCode, In, Line, Moment, Money, Out, Patch, Tag, Text, Title
from webinar_service.webinars.models import Webinar, WebinarStatus

Tags = Annotated[list[Tag], Field(max_length=20)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Seats = Annotated[int, Field(ge=1, le=100_000)]


class Speaker(In):
    """Somebody who speaks; `user_id` if they have an account."""

    name: Title
    headline: Line | None = None
    user_id: UUID | None = None


Speakers = Annotated[list[Title | Speaker], Field(max_length=50)]


class WebinarIn(In):
    """A webinar to schedule. PAID needs a `price`; without `capacity` everybody finds a seat."""

    title: Title
    description: Text
    starts_at: Moment
    duration_mins: Minutes
    capacity: Seats | None = None
    pricing_type: PricingType
    price: Money | None = None
    currency: CurrencyCode = "INR"
    visibility: CourseVisibility = CourseVisibility.PUBLIC
    specialty_tags: Annotated[Tags, Field(default_factory=list)]
    speakers: Annotated[Speakers, Field(default_factory=list)]

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class WebinarPatch(Patch):
    """What a host may change before the webinar begins; `capacity` null lifts the limit."""

    title: Title = ""
    description: Text = ""
    starts_at: Moment | None = None
    duration_mins: Minutes = 60
    capacity: Seats | None = None
    pricing_type: PricingType = PricingType.FREE
    price: Money | None = None
    currency: CurrencyCode = "INR"
    visibility: CourseVisibility = CourseVisibility.PUBLIC
    specialty_tags: Annotated[Tags, Field(default_factory=list)]
    speakers: Annotated[Speakers, Field(default_factory=list)]

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if "starts_at" in self.model_fields_set and self.starts_at is None:
            raise ValueError("starts_at cannot be cleared")
        return self


class WebinarFilter(BaseModel):
    """What narrows a list of webinars. Without `status`, those to come or on air."""

    model_config = ConfigDict(extra="ignore")

    status: WebinarStatus | None = None
    specialty: Tag | None = None
    pricing_type: PricingType | None = None
    host_id: UUID | None = None
    q: Line | None = None
    starts_after: AwareDatetime | None = None
    starts_before: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=500)] = None


class WebinarOut(Out):
    """A webinar; `registration` is the caller's own state, null for whoever has none."""

    id: UUID
    host_id: UUID
    host_name: str | None
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    duration_mins: int
    capacity: int | None
    seats_taken: int
    seats_left: int | None
    pricing_type: PricingType
    price: str | None
    currency: str
    visibility: CourseVisibility
    specialty_tags: list[str]
    speakers: list[str | dict[str, Any]]
    status: WebinarStatus
    sequence: int
    registration: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, webinar: Webinar, *, host_name: str | None, registration: str | None) -> Self:
        """The webinar as its viewer sees it."""
        values = {name: getattr(webinar, name, None) for name in cls.model_fields}
        return cls.model_validate(values | {"host_name": host_name, "registration": registration})
