"""Where the provider `local` receives uploads: streamed to disk, no byte more than announced."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio

from content_service.intake.errors import UploadNotSigned, UploadSizeRefused
from servicekit.storage import LocalStorage, Storage

PREFIX = "quarantine/"


def local(storage: Storage) -> LocalStorage:
    """The local provider; any other takes uploads itself. Raises UploadNotSigned."""
    if not isinstance(storage, LocalStorage):
        raise UploadNotSigned
    return storage


async def receive(
    storage: LocalStorage, key: str, chunks: AsyncIterator[bytes], *, size_bytes: int
) -> None:
    """Store exactly `size_bytes` under `key`, whole or not at all. Raises UploadSizeRefused."""
    staged = await anyio.to_thread.run_sync(storage.staging)
    try:
        await _write(staged, chunks, size_bytes)
        await anyio.to_thread.run_sync(storage.adopt, key, staged)
    finally:
        await anyio.Path(staged).unlink(missing_ok=True)


async def _write(staged: Path, chunks: AsyncIterator[bytes], size_bytes: int) -> None:
    received = 0
    async with await anyio.open_file(staged, "wb") as file:
        async for chunk in chunks:
            received += len(chunk)
            if received > size_bytes:
                break
            await file.write(chunk)
    if received != size_bytes:
        raise UploadSizeRefused(limit_bytes=size_bytes, size_bytes=received)
