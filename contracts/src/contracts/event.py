"""The shape that every domain event shares."""

from datetime import datetime
from typing import Annotated, ClassVar, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Stamp = TypeVar("Stamp", UUID, datetime)

AmountMinor = Annotated[int, Field(ge=0)]


class Event(BaseModel):
    """One fact, complete enough that nobody must call back.

    Within a version fields are only added, and only optional; readers ignore the unknown.
    `version` counts the changes of one aggregate from 1; it is the CloudEvents `sequence`.
    A fact about no row is its own aggregate: it has no `<aggregate>_id` field and version 1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ClassVar[str]
    schema_version: ClassVar[int] = 1
    aggregate: ClassVar[str]

    version: Annotated[int, Field(ge=1)]

    def stamped(self, event_id: UUID, happened_at: datetime) -> Self:
        """The same event with the id and time of its CloudEvents envelope."""
        # Beside the fields, as cached properties are: Pydantic's own private attributes cost a
        # consumer of thousands a second a tenth of its time.
        self.__dict__.update(_event_id=event_id, _happened_at=happened_at)
        return self

    @property
    def event_id(self) -> UUID:
        """The CloudEvents `id`. Raises ValueError before the event was published or parsed."""
        return self._stamp("_event_id", UUID)

    @property
    def happened_at(self) -> datetime:
        """The CloudEvents `time`, in UTC. Raises ValueError before it was published or parsed."""
        return self._stamp("_happened_at", datetime)

    def _stamp(self, name: str, kind: type[Stamp]) -> Stamp:
        found = self.__dict__.get(name)
        if not isinstance(found, kind):
            raise ValueError("this event has not been published yet")  # noqa: TRY004  (no type error)
        return found

    @property
    def aggregate_id(self) -> UUID:
        """The id of the aggregate that this event speaks of; its own id if it speaks of no row."""
        owner = getattr(self, f"{self.aggregate}_id", None)
        return owner if isinstance(owner, UUID) else self.event_id

    @property
    def subject(self) -> str:
        """The CloudEvents `subject`, such as `enrollment/0195…`."""
        return f"{self.aggregate}/{self.aggregate_id}"


class Person(BaseModel):
    """What others may know of a person. Personal data, so it stands apart and can be redacted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    full_name: str | None = None
    username: str | None = None
    headline: str | None = None
    specialty: str | None = None
    city: str | None = None
    avatar_url: str | None = None


class Account(Person):
    """What only the person's own account holds: where they can be reached."""

    email: str | None = None
    phone_number: str | None = None
