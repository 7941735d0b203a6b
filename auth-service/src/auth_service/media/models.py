"""Assets as this service knows them from events."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from contracts.media import Purpose


class AssetStatus(StrEnum):
    """Where an upload stands."""

    UPLOADED = "UPLOADED"
    READY = "READY"
    FAILED = "FAILED"
    DELETED = "DELETED"


class Asset(Model):
    """Our copy of one asset. `renditions` maps a rendition's name to its storage key."""

    __tablename__ = "assets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    purpose: Mapped[Purpose]
    status: Mapped[AssetStatus]
    key: Mapped[str | None]
    content_type: Mapped[str | None]
    renditions: Mapped[dict[str, Any]]
    failure: Mapped[str | None]
