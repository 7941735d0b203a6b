"""What verification takes and shows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from auth_service.verification.models import DocumentType
from contracts.access import VerificationStatus
from servicekit.clock import now
from servicekit.fields import In, Out, ShortText, Title


class VerificationIn(In):
    """A document; a licence needs its number, council and country."""

    document_type: DocumentType
    license_number: Title | None = None
    council: Title | None = None
    country: Title | None = None
    expires_on: Annotated[date, Field(le=date(2200, 1, 1))] | None = None
    asset_id: UUID

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needed = ("license_number", "council", "country")
        missing = [name for name in needed if getattr(self, name) is None]
        if self.document_type is DocumentType.MEDICAL_LICENSE and missing:
            raise PydanticCustomError("missing", "a licence needs " + ", ".join(missing))
        if self.expires_on is not None and self.expires_on < now().date():
            raise PydanticCustomError("expired", "the document has expired")
        return self


class ReviewAction(StrEnum):
    """What a moderator decides."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class ReviewIn(In):
    """A decision, with a word for the person."""

    action: ReviewAction
    notes: ShortText


class VerificationOut(Out):
    """A document as its owner sees it."""

    id: UUID
    user_id: UUID
    document_type: DocumentType
    license_number: str | None
    council: str | None
    country: str | None
    expires_on: date | None
    asset_id: UUID | None
    status: VerificationStatus
    notes: str | None
    submitted_at: datetime
    reviewed_at: datetime | None


class OwnVerificationsOut(Out):
    """Where the caller stands: the latest submission, and all of them, newest first."""

    verified: bool
    status: VerificationStatus | None
    items: list[VerificationOut]


class ReviewedVerificationOut(VerificationOut):
    """A document as a moderator sees it; `document_url` works for half an hour."""

    full_name: str | None
    email: str | None
    reviewer_id: UUID | None
    document_url: str | None
