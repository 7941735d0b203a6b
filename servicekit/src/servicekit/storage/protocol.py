"""What the platform asks of an object store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


class ObjectNotFound(Exception):
    """There is no object under that key."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """How a client uploads directly: one request to `url`, before `expires_at`."""

    url: str
    method: str
    expires_at: datetime
    headers: dict[str, str] = field(default_factory=dict)


class Storage(Protocol):
    """Keys are relative paths. Those that begin with `public/` are readable by anyone for ever."""

    def sign_upload(
        self, key: str, *, content_type: str, size_bytes: int, expires_in_secs: int
    ) -> SignedUpload:
        """An upload of exactly that type and size to `key`. No network."""

    def sign_download(self, key: str, *, expires_in_secs: int, filename: str | None = None) -> str:
        """An address to read `key`; stable and unsigned under `public/`. No network.

        `filename` makes browsers save it under that name.
        """

    async def put(self, key: str, content: bytes) -> None:
        """Store an object; the same key again replaces it at once for all readers."""

    async def put_file(self, key: str, path: Path) -> None:
        """Store a file's content as an object; the file stays."""

    async def get(self, key: str) -> bytes:
        """The whole object. Raises ObjectNotFound."""

    async def fetch_to(self, key: str, path: Path) -> None:
        """Copy an object into a file. Raises ObjectNotFound."""

    async def size(self, key: str) -> int:
        """The size in bytes. Raises ObjectNotFound."""

    async def delete(self, key: str) -> None:
        """Remove an object; what does not exist is fine."""

    def list(self, prefix: str) -> AsyncIterator[str]:
        """The keys that begin with `prefix`, in no order."""
