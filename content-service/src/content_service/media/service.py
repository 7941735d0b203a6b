"""The life of an upload on this side of media-worker."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.intake.content import Content, examine
from content_service.intake.errors import UploadSizeRefused, UploadTypeRefused
from content_service.intake.rules import RULES, kind_of, plain_type, safe_filename
from content_service.media.errors import UploadDamaged, UploadMissing
from content_service.media.events import removal_of, upload_of
from content_service.media.models import Asset, AssetStatus
from content_service.media.queries import get_asset, lock_asset, lock_expired_uploads
from contracts.media import Purpose
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import publish
from servicekit.problems import Unprocessable, not_yet_supported
from servicekit.storage import ObjectNotFound, Storage

PUBLIC_PURPOSES = frozenset({Purpose.AVATAR, Purpose.BANNER, Purpose.LOGO, Purpose.POST})
GRACE = timedelta(hours=1)


class Offer:
    """A file as its owner announces it."""

    def __init__(
        self, *, filename: str, content_type: str, size_bytes: int, purpose: Purpose
    ) -> None:
        if purpose not in RULES:
            raise not_yet_supported("purpose")
        self.kind = kind_of(purpose, content_type, size_bytes)
        self.filename, self.purpose = safe_filename(filename), purpose
        self.content_type, self.size_bytes = plain_type(content_type), size_bytes


async def announce_upload(
    session: AsyncSession, offer: Offer, *, owner: UUID, upload_secs: int
) -> Asset:
    """A PENDING asset with a place of its own in quarantine."""
    asset_id, created_at = uuid7(), now()
    asset = Asset(
        id=asset_id,
        owner_id=owner,
        purpose=offer.purpose,
        kind=offer.kind,
        filename=offer.filename,
        content_type=offer.content_type,
        size_bytes=offer.size_bytes,
        status=AssetStatus.PENDING,
        percent=0,
        key=f"quarantine/{asset_id}",
        renditions=[],
        hls=[],
        created_at=created_at,
        expires_at=created_at + timedelta(seconds=upload_secs),
        version=0,
        job_version=0,
    )
    session.add(asset)
    return asset


async def confirm_upload(
    sessions: Sessions,
    storage: Storage,
    *,
    asset_id: UUID,
    owner: UUID,
    sha256: str | None = None,
) -> Asset:
    """Check what was uploaded, and hand it to the worker. Repeating it changes nothing.

    What does not pass is FAILED for good, and the refusal says why. Raises AssetNotFound,
    UploadMissing, UploadTypeRefused, UploadSizeRefused, UploadDamaged.
    """
    async with sessions.begin() as session:
        asset = await get_asset(session, asset_id, owner=owner)
    if asset.status is not AssetStatus.PENDING:
        return asset
    try:
        content = await examine(storage, asset.key)
    except ObjectNotFound as missing:
        raise UploadMissing from missing

    refusal = _refusal_of(asset, content, sha256)
    async with sessions.begin() as session:
        asset = await lock_asset(session, asset_id, owner=owner)
        if refusal is not None:
            if asset.refuse(refusal.detail or refusal.title):
                publish(session, removal_of(asset))
        elif asset.arrive(
            content_type=content.content_type,
            kind=kind_of(asset.purpose, content.content_type, content.size_bytes),
            size_bytes=content.size_bytes,
            sha256=content.sha256,
        ):
            publish(session, upload_of(asset))
    if refusal is not None:
        raise refusal
    return asset


def _refusal_of(asset: Asset, content: Content, sha256: str | None) -> Unprocessable | None:
    if content.size_bytes != asset.size_bytes:
        return UploadSizeRefused(
            f"The file has {content.size_bytes} bytes, {asset.size_bytes} were announced.",
            size_bytes=content.size_bytes,
        )
    if sha256 is not None and sha256 != content.sha256:
        return UploadDamaged("The checksum of what arrived differs from the one sent.")
    try:
        kind = kind_of(asset.purpose, content.content_type, content.size_bytes)
    except (UploadTypeRefused, UploadSizeRefused) as refused:
        refused.detail = f"By its content the file is {content.content_type}."
        return refused
    if kind is not asset.kind:
        return UploadTypeRefused(
            f"By its content the file is {content.content_type}, not {asset.content_type}.",
            content_type=content.content_type,
            allowed=[asset.content_type],
        )
    return None


async def delete_asset(session: AsyncSession, *, asset_id: UUID, owner: UUID) -> None:
    """Take an asset and its objects away. Repeating it changes nothing."""
    asset = await lock_asset(session, asset_id, owner=owner)
    if asset.remove(at=now()):
        publish(session, removal_of(asset))


async def expire_uploads(session: AsyncSession, *, limit: int = 100) -> int:
    """Fail uploads that nobody confirmed an hour after their address ended; how many."""
    late = await lock_expired_uploads(session, at=now() - GRACE, limit=limit)
    for asset in late:
        if asset.refuse("The upload was never confirmed."):
            publish(session, removal_of(asset))
    return len(late)
