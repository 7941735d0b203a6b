"""What the tests of media-worker stand on: a worker's context and files to work on."""

import hashlib
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import pyvips
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.media import MediaKind, MediaUploaded, Purpose
from media_worker.settings import Settings
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging.hub import LiveHub
from servicekit.storage import Storage, new_storage
from servicekit.testing.plugin import MakeSettings
from servicekit.worker import WorkerContext

Upload = Callable[..., Awaitable[MediaUploaded]]


@pytest.fixture
def service_package() -> str:
    return "media_worker"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def context(settings: Settings, engine: AsyncEngine, sessions: Sessions) -> WorkerContext[Settings]:
    return WorkerContext(settings, engine, sessions, LiveHub(settings))


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return new_storage(settings)


@pytest.fixture
def upload(storage: Storage) -> Upload:
    """Put a file into quarantine and say so, as content-service would."""

    async def put(
        content: bytes, *, kind: MediaKind, content_type: str, purpose: Purpose = Purpose.LESSON
    ) -> MediaUploaded:
        asset_id = uuid7()
        key = f"quarantine/{asset_id}"
        await storage.put(key, content)
        return MediaUploaded(
            version=1,
            asset_id=asset_id,
            owner_id=uuid7(),
            purpose=purpose,
            kind=kind,
            key=key,
            content_type=content_type,
            filename="upload.bin",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    return put


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    """A JPEG with a place in its metadata, taken with the camera turned."""
    picture = pyvips.Image.black(1200, 800, bands=3).copy(interpretation="srgb")
    picture = picture.copy()
    picture.set_type(pyvips.GValue.gint_type, "orientation", 6)
    picture.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", "ward seven")
    path = tmp_path / "photo.jpg"
    picture.jpegsave(str(path))
    return path.read_bytes()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Six seconds of a test picture with a tone, 640 by 360."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    command = [
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25",
        "-f", "lavfi", "-i", "sine=frequency=440", "-t", "6", "-c:v", "libx264",
        "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart",
        str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603  (a fixed command)
    return path.read_bytes()
