"""Objects on disk: nginx serves them after it has checked the same signature that is made here."""

import asyncio
import base64
import hashlib
import hmac
import os
import shutil
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from servicekit.ids import uuid7
from servicekit.storage.protocol import ObjectNotFound, SignedUpload

PUBLIC = "public/"
UPLOAD_PATH = "/api/v1/storage/upload/"


class LocalStorage:
    """The provider `local`. A write is complete or absent: it lands by rename, after fsync."""

    def __init__(self, *, root: str, public_url: str, signing_key: str) -> None:
        self._root = Path(root)
        self._public_url, self._signing_key = public_url.rstrip("/"), signing_key.encode()

    def path_of(self, key: str) -> Path:
        """The file of a key. Raises ValueError for a key that would leave the root."""
        parts = key.split("/")
        if not all(parts) or any(part.startswith(".") for part in parts) or "\x00" in key:
            raise ValueError("not a key")
        return self._root.joinpath(*parts)

    def sign_upload(
        self, key: str, *, content_type: str, size_bytes: int, expires_in_secs: int
    ) -> SignedUpload:
        """An upload of exactly that type and size, answered by content-service."""
        expires = int(time.time()) + expires_in_secs
        signature = self._sign("PUT", key, str(expires), str(size_bytes), content_type)
        query = urlencode(
            {
                "expires": expires,
                "signature": signature,
                "size": size_bytes,
                "content_type": content_type,
            }
        )
        return SignedUpload(
            url=f"{self._public_url}{UPLOAD_PATH}{quote(key)}?{query}",
            method="PUT",
            expires_at=datetime.fromtimestamp(expires, UTC),
            headers={"Content-Type": content_type},
        )

    def upload_is_signed(
        self, key: str, *, expires: int, signature: str, size_bytes: int, content_type: str
    ) -> bool:
        """Whether these parameters of an upload were made by `sign_upload` and are still good."""
        wanted = self._sign("PUT", key, str(expires), str(size_bytes), content_type)
        return expires >= time.time() and hmac.compare_digest(wanted.encode(), signature.encode())

    def sign_download(self, key: str, *, expires_in_secs: int, filename: str | None = None) -> str:
        """An address that nginx serves; under `public/` stable and unsigned."""
        path = f"/storage/{key}"
        if key.startswith(PUBLIC):
            return f"{self._public_url}{quote(path)}"
        expires = int(time.time()) + expires_in_secs
        signature = self._sign("GET", path, str(expires), filename or "")
        query = {"expires": str(expires), "signature": signature}
        if filename:
            query["filename"] = filename
        return f"{self._public_url}{quote(path)}?{urlencode(query)}"

    async def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        await asyncio.to_thread(self._put, key, content)

    async def put_file(self, key: str, path: Path) -> None:
        """Store a file's content as an object."""
        await asyncio.to_thread(self._put_file, key, path)

    async def get(self, key: str) -> bytes:
        """The whole object. Raises ObjectNotFound."""
        try:
            return await asyncio.to_thread(self.path_of(key).read_bytes)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as missing:
            raise ObjectNotFound(key) from missing

    async def fetch_to(self, key: str, path: Path) -> None:
        """Copy an object into a file. Raises ObjectNotFound."""
        try:
            await asyncio.to_thread(shutil.copyfile, self.path_of(key), path)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as missing:
            raise ObjectNotFound(key) from missing

    async def size(self, key: str) -> int:
        """The size in bytes. Raises ObjectNotFound."""
        try:
            return (await asyncio.to_thread(self.path_of(key).stat)).st_size
        except (FileNotFoundError, NotADirectoryError) as missing:
            raise ObjectNotFound(key) from missing

    async def delete(self, key: str) -> None:
        """Remove an object; what does not exist is fine."""
        await asyncio.to_thread(self.path_of(key).unlink, missing_ok=True)

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """The keys that begin with `prefix`."""
        folder = self._root / prefix.rpartition("/")[0]
        # Others delete meanwhile: unlike Path.rglob, os.walk passes over a folder that has gone.
        walked = await asyncio.to_thread(lambda: list(os.walk(folder)))
        paths = sorted(Path(top, name) for top, _, names in walked for name in names)
        for key in (path.relative_to(self._root).as_posix() for path in paths):
            if key.startswith(prefix):
                yield key

    def staging(self) -> Path:
        """A new path for a file that will become an object by `adopt`; on the same file system."""
        folder = self._root / ".staging"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid7().hex

    def adopt(self, key: str, staged: Path) -> None:
        """Make a staged file the object of `key`, durably."""
        target = self.path_of(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
        staged.chmod(0o644)
        staged.replace(target)

    def _put(self, key: str, content: bytes) -> None:
        staged = self.staging()
        staged.write_bytes(content)
        self.adopt(key, staged)

    def _put_file(self, key: str, path: Path) -> None:
        staged = self.staging()
        shutil.copyfile(path, staged)
        self.adopt(key, staged)

    def _sign(self, method: str, *parts: str) -> str:
        message = "\n".join((method, *parts)).encode()
        digest = hmac.new(self._signing_key, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
