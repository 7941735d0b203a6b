"""What an uploaded file really is: read from its bytes, never from its name."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import magic

from servicekit.storage import LocalStorage, Storage


@dataclass(frozen=True, slots=True)
class Content:
    """Type by content, size and hash of a stored object."""

    content_type: str
    size_bytes: int
    sha256: str


async def examine(storage: Storage, key: str) -> Content:
    """Read an object through. Raises ObjectNotFound."""
    await storage.size(key)
    async with _at_hand(storage, key) as path:
        return await asyncio.to_thread(_read, path)


@asynccontextmanager
async def _at_hand(storage: Storage, key: str) -> AsyncIterator[Path]:
    if isinstance(storage, LocalStorage):
        yield storage.path_of(key)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        await storage.fetch_to(key, path)
        yield path


def _read(path: Path) -> Content:
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    found: str = magic.from_file(str(path), mime=True)
    return Content(content_type=found, size_bytes=path.stat().st_size, sha256=sha256)
