"""Copies of what content-service, media-worker and auth-service own."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.media import HlsVariant, MediaKind, Purpose
from course_service.database import Model


class AssetStatus(StrEnum):
    """How far an upload is. It only moves forward."""

    UPLOADED = "UPLOADED"
    FAILED = "FAILED"
    PROCESSED = "PROCESSED"
    DELETED = "DELETED"

    @property
    def rank(self) -> int:
        """Its place in the order of the states."""
        return list(AssetStatus).index(self)


class Asset(Model):
    """A file: of those for lessons `key` and `hls` once it is processed, `reason` if it failed."""

    __tablename__ = "assets"

    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    purpose: Mapped[Purpose] = mapped_column(server_default=Purpose.LESSON)
    status: Mapped[AssetStatus]
    rank: Mapped[int]
    kind: Mapped[MediaKind | None]
    key: Mapped[str | None]
    filename: Mapped[str | None]
    hls: Mapped[list[Any]] = mapped_column(JSONB)
    duration_secs: Mapped[float | None]
    page_count: Mapped[int | None]
    reason: Mapped[str | None]

    @property
    def is_ready(self) -> bool:
        """Whether it can be played or read."""
        return self.status is AssetStatus.PROCESSED

    @property
    def variants(self) -> list[HlsVariant]:
        """The rungs of its HLS ladder."""
        return [HlsVariant.model_validate(variant) for variant in self.hls]


class Person(Model):
    """Somebody's public name, for certificates."""

    __tablename__ = "people"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None]
    version: Mapped[int]
