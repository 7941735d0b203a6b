"""The life of an uploaded file, from its arrival to its renditions."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Event


class Purpose(StrEnum):
    """What an upload is for; it decides type, size and who may read it."""

    AVATAR = "AVATAR"
    BANNER = "BANNER"
    LOGO = "LOGO"
    POST = "POST"
    LESSON = "LESSON"
    SCORM = "SCORM"
    LICENSE = "LICENSE"
    REPORT = "REPORT"
    ATTACHMENT = "ATTACHMENT"


class MediaKind(StrEnum):
    """What a file is, by its content."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    PDF = "PDF"
    ARCHIVE = "ARCHIVE"
    OTHER = "OTHER"


class Rendition(BaseModel):
    """One derived object. `name` is unique in its asset: `avatar`, `thumbnail`, `poster`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    key: str
    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


class HlsVariant(BaseModel):
    """One rung of an HLS ladder. Segments lie under `prefix`; durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    prefix: str
    bandwidth: int
    codecs: str
    width: int
    height: int
    init: str | None = None
    segments: list[tuple[str, float]]


class MediaUploaded(Event):
    """A file passed its checks and waits for the worker. `key` is its place in quarantine."""

    name: ClassVar[str] = "media.uploaded"
    aggregate: ClassVar[str] = "asset"

    asset_id: UUID
    owner_id: UUID
    purpose: Purpose
    kind: MediaKind
    key: str
    content_type: str
    filename: str
    size_bytes: int
    sha256: str


class MediaDeleted(Event):
    """An asset is gone; what was derived from it goes too."""

    name: ClassVar[str] = "media.deleted"
    aggregate: ClassVar[str] = "asset"

    asset_id: UUID
    owner_id: UUID
    purpose: Purpose
    keys: list[str]


class MediaProgressed(Event):
    """Work on an asset reached `percent` of 100."""

    name: ClassVar[str] = "media.progressed"
    aggregate: ClassVar[str] = "media_job"

    media_job_id: UUID
    asset_id: UUID
    owner_id: UUID
    purpose: Purpose
    percent: int


class MediaProcessed(Event):
    """An asset is ready: `key` is the checked original in its final place, renditions beside it."""

    name: ClassVar[str] = "media.processed"
    aggregate: ClassVar[str] = "media_job"

    media_job_id: UUID
    asset_id: UUID
    owner_id: UUID
    purpose: Purpose
    kind: MediaKind
    key: str
    content_type: str
    size_bytes: int
    sha256: str
    filename: str
    renditions: list[Rendition] = Field(default_factory=list)
    hls: list[HlsVariant] = Field(default_factory=list)
    duration_secs: float | None = None
    page_count: int | None = None
    width: int | None = None
    height: int | None = None


class MediaFailed(Event):
    """An asset cannot be used; `reason` is a sentence for its owner."""

    name: ClassVar[str] = "media.failed"
    aggregate: ClassVar[str] = "media_job"

    media_job_id: UUID
    asset_id: UUID
    owner_id: UUID
    purpose: Purpose
    reason: str
