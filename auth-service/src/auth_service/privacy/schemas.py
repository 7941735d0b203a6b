"""What a person is told who wants what is held of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit.fields import Out


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
