"""Where an asset's objects go: public ones by their content alone, private ones under the asset."""

import asyncio
import hashlib
from pathlib import Path, PurePosixPath
from uuid import UUID

from contracts.media import Rendition
from servicekit.storage import Storage


async def sha256_of(path: Path) -> str:
    """The hash of a file. A video takes seconds, for which the lease must not wait."""

    def read() -> str:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    return await asyncio.to_thread(read)


class Place:
    """The keys of one asset, made of the content's hash: storing twice writes the same object."""

    def __init__(
        self, storage: Storage, asset_id: UUID, *, is_public: bool, stored: list[str]
    ) -> None:
        self._storage, self._asset_id, self._is_public = storage, asset_id, is_public
        self._stored = stored

    def key_of(self, sha256: str, suffix: str) -> str:
        """The key of content with that hash."""
        folder = f"public/{self._asset_id}" if self._is_public else f"private/{self._asset_id}"
        return f"{folder}/{sha256[:40]}{suffix}"

    def prefix_of(self, name: str) -> str:
        """The folder of an HLS variant, with its slash."""
        folder = "public" if self._is_public else "private"
        return f"{folder}/{self._asset_id}/{name}/"

    async def keep(self, path: Path, filename: str) -> str:
        """Store a file as it is; its key."""
        sha256 = await sha256_of(path)
        key = self.key_of(sha256, PurePosixPath(filename).suffix.lower()[:8])
        await self._put(key, path)
        return key

    async def keep_rendition(
        self, path: Path, name: str, content_type: str, *, width: int, height: int
    ) -> Rendition:
        """Store a derived file."""
        key = await self.keep(path, path.name)
        return Rendition(
            name=name,
            key=key,
            content_type=content_type,
            size_bytes=await self._storage.size(key),
            width=width,
            height=height,
        )

    async def keep_under(self, prefix: str, path: Path) -> None:
        """Store a file under a variant's prefix, by its own name."""
        await self._put(f"{prefix}{path.name}", path)

    async def _put(self, key: str, path: Path) -> None:
        self._stored.append(key)
        await self._storage.put_file(key, path)
