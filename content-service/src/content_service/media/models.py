"""Assets: everything that was uploaded, or will be."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from content_service.database import Model
from contracts.media import HlsVariant, MediaKind, MediaProcessed, Purpose, Rendition
from servicekit.database import WithId


class AssetStatus(StrEnum):
    """Where an upload stands; it only moves forward."""

    PENDING = "PENDING"
    UPLOADED = "UPLOADED"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


OPEN = frozenset({AssetStatus.UPLOADED, AssetStatus.PROCESSING})


class Asset(WithId, Model):
    """One upload. `key` is its place in quarantine until it is READY, then its final place."""

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_owner_id_id", "owner_id", "id"),
        Index("ix_assets_pending", "expires_at", postgresql_where=text("status = 'PENDING'")),
    )

    owner_id: Mapped[UUID]
    purpose: Mapped[Purpose]
    filename: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[AssetStatus]
    percent: Mapped[int]
    key: Mapped[str]
    kind: Mapped[MediaKind]
    sha256: Mapped[str | None]
    renditions: Mapped[list[Any]] = mapped_column(JSONB)
    hls: Mapped[list[Any]] = mapped_column(JSONB)
    duration_secs: Mapped[float | None]
    page_count: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    failure_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int]
    job_version: Mapped[int]

    def arrive(self, *, content_type: str, kind: MediaKind, size_bytes: int, sha256: str) -> bool:
        """The upload passed its checks. False, and nothing changes, if it is past that."""
        if self.status is not AssetStatus.PENDING:
            return False
        self.status, self.version = AssetStatus.UPLOADED, self.version + 1
        self.content_type, self.kind = content_type, kind
        self.size_bytes, self.sha256 = size_bytes, sha256
        return True

    def refuse(self, reason: str) -> bool:
        """The upload did not pass its checks, or never came. False if it is past that."""
        if self.status is not AssetStatus.PENDING:
            return False
        self.status, self.failure_reason = AssetStatus.FAILED, reason
        self.version += 1
        return True

    def advance(self, percent: int) -> None:
        """Work on it reached `percent`; it never goes back."""
        if self.status in OPEN:
            self.status, self.percent = AssetStatus.PROCESSING, max(self.percent, percent)

    def fail(self, reason: str) -> None:
        """It cannot be used."""
        if self.status in OPEN:
            self.status, self.failure_reason = AssetStatus.FAILED, reason

    def finish(self, made: MediaProcessed) -> None:
        """Everything that is derived from it stands ready."""
        if self.status not in OPEN:
            return
        self.status, self.percent = AssetStatus.READY, 100
        self.key, self.kind, self.sha256 = made.key, made.kind, made.sha256
        self.content_type, self.size_bytes = made.content_type, made.size_bytes
        self.renditions = [one.model_dump(mode="json") for one in made.renditions]
        self.hls = [one.model_dump(mode="json") for one in made.hls]
        self.duration_secs, self.page_count = made.duration_secs, made.page_count
        self.width, self.height = made.width, made.height

    def remove(self, at: datetime) -> bool:
        """Take it away. False if it is away already."""
        if self.deleted_at is not None:
            return False
        self.deleted_at, self.version = at, self.version + 1
        return True

    def keys(self) -> list[str]:
        """Every object that belongs to it."""
        return keys_of(
            self.key,
            [Rendition.model_validate(one) for one in self.renditions],
            [HlsVariant.model_validate(one) for one in self.hls],
        )


def keys_of(key: str, renditions: list[Rendition], hls: list[HlsVariant]) -> list[str]:
    """The keys of an asset's objects: itself, its renditions, its segments."""
    segments = [
        f"{rung.prefix}{name}"
        for rung in hls
        for name in (*([rung.init] if rung.init else []), *(name for name, _ in rung.segments))
    ]
    return list(dict.fromkeys([key, *(one.key for one in renditions), *segments]))
