"""What a person says who leaves, and is told who wants what is held of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from servicekit.fields import In, Out, clean_text


class ErasureIn(In):
    """`current_password` is needed unless the caller has signed in a moment ago."""

    current_password: (
        Annotated[str, AfterValidator(clean_text), Field(min_length=1, max_length=128)] | None
    ) = None


class ExportStatus(StrEnum):
    """Whether the archive can be fetched."""

    PENDING = "PENDING"
    READY = "READY"


class ExportOut(Out):
    """One archive. `download_url` is good for five minutes; ask again for another."""

    id: UUID
    status: ExportStatus
    requested_at: datetime
    deadline: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    missing_services: list[str]
    download_url: str | None
