"""Uploads and assets on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from content_service.bodies import PostBody
from content_service.media.models import AssetStatus
from contracts.media import MediaKind, Purpose
from servicekit.fields import Line, Out, Title


class UploadIn(PostBody):
    """A wish to upload a file."""

    filename: Title
    content_type: Annotated[Line, Field(pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(;.*)?$")]
    size_bytes: Annotated[int, Field(ge=1, le=10**12)]
    purpose: Purpose


class UploadOut(Out):
    """Where and how to send the file; then confirm."""

    asset_id: UUID
    upload_url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


class ConfirmIn(PostBody):
    """The file is uploaded. `sha256`, in hex, is compared if sent."""

    asset_id: UUID
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class VariantOut(Out):
    """One rendition."""

    name: str
    url: str
    content_type: str
    size_bytes: int
    width: int | None
    height: int | None


class AssetOut(Out):
    """An asset as its owner sees it. `url` is null until it is READY; private ones expire."""

    id: UUID
    owner_id: UUID
    purpose: Purpose
    kind: MediaKind
    filename: str
    content_type: str
    size_bytes: int
    sha256: str | None
    status: AssetStatus
    percent: int
    failure_reason: str | None
    url: str | None
    variants: list[VariantOut]
    duration_secs: float | None
    page_count: int | None
    width: int | None
    height: int | None
    created_at: datetime


class SignedUrlOut(Out):
    """An address to read an object; `expires_at` is null for what is public."""

    url: str
    expires_at: datetime | None
