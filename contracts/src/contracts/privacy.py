"""What every service says of the personal data that it held."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event


class ErasureCompleted(Event):
    """A service holds nothing of a person any more; `erasure_id` is their tombstone.

    `counts` says of how many rows it let go, by table. Each service says it once.
    """

    name: ClassVar[str] = "erasure.completed"
    aggregate: ClassVar[str] = "erasure"

    erasure_id: UUID
    service: str
    counts: dict[str, int]
