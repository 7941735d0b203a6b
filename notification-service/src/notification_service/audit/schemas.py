"""The audit trail as an admin sees it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from notification_service.audit.models import Outcome
from servicekit.fields import Moment, Out
from servicekit.pagination import Page

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

Number = Annotated[int, Field(ge=1, lt=2**63)]
"""The place of an entry in the chain."""


class AuditFilter(BaseModel):
    """What to look for; times are those of the acts, `to` is not included."""

    model_config = ConfigDict(extra="ignore")

    actor: UUID | None = Field(None, description="Who did it")
    action: str | None = Field(
        None, max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$", description="An event's name"
    )
    resource: str | None = Field(
        None,
        max_length=100,
        pattern=rf"^(?:[a-z_]+|[a-z_]+/{_UUID}|{_UUID})$",
        description="`user`, `user/<id>` or an id alone",
    )
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if self.from_ and self.to and self.from_ > self.to:
            raise ValueError("from comes after to")
        return self

    @property
    def resource_type(self) -> str | None:
        """The noun in `resource`."""
        noun = (self.resource or "").partition("/")[0]
        return None if not noun or _is_id(noun) else noun

    @property
    def resource_id(self) -> UUID | None:
        """The id in `resource`."""
        last = (self.resource or "").rpartition("/")[2]
        return UUID(last) if _is_id(last) else None


def _is_id(word: str) -> bool:
    return len(word) == 36 and "-" in word


class ExportFormat(StrEnum):
    """NDJSON is what is hashed, line by line; CSV is for reading."""

    NDJSON = "NDJSON"
    CSV = "CSV"


class AuditEntryOut(Out):
    """One act. `address`, `device` and `note` are null where there was none, or it was erased."""

    number: int
    event_id: UUID
    action: str
    actor_id: UUID | None
    resource_type: str
    resource_id: UUID
    outcome: Outcome
    cause: str | None
    details: dict[str, Any]
    happened_at: datetime
    recorded_at: datetime
    address: str | None
    device: str | None
    note: str | None
    hash: str


class AuditPage(Page[AuditEntryOut]):
    """Newest first."""


class Verdict(Out):
    """What following the chain has shown. `entries` were followed, from `from_number` on; `head` is
    the hash of the last good one, `head_number` its number. `next_number`: go on there, the chain
    is longer than one request follows."""

    valid: bool
    entries: int
    head: str | None
    head_number: int
    from_number: int
    first_broken: int | None
    cause: str | None
    next_number: int | None
