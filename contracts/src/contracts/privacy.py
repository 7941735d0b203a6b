"""What becomes of personal data: wishes to take them along, and answers of every service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.event import Event


class ErasureCompleted(Event):
    """A service has no row of a person any more; `erasure_id` is their tombstone.

    `counts` says of how many rows it let go, by table. Each service says it once. Objects behind
    these rows follow by the schedules that remove them.
    """

    name: ClassVar[str] = "erasure.completed"
    aggregate: ClassVar[str] = "erasure"

    erasure_id: UUID
    service: str
    counts: dict[str, int]


class ExportRequested(Event):
    """Somebody wants what is held of them: each service writes its part under `prefix`."""

    name: ClassVar[str] = "export.requested"
    aggregate: ClassVar[str] = "export"

    export_id: UUID
    user_id: UUID
    prefix: str
    deadline: datetime


class ExportPartReady(Event):
    """A service has written its part: rows under `key`, and the person's files by their names."""

    name: ClassVar[str] = "export.part_ready"
    aggregate: ClassVar[str] = "export"

    export_id: UUID
    user_id: UUID
    service: str
    key: str
    files: dict[str, str]


class ExportCompleted(Event):
    """The archive can be fetched until `expires_at`; `missing` services did not answer in time."""

    name: ClassVar[str] = "export.completed"
    aggregate: ClassVar[str] = "export"

    export_id: UUID
    user_id: UUID
    expires_at: datetime
    missing: list[str]
