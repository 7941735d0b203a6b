"""News of files and people."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.media import MediaDeleted, MediaFailed, MediaProcessed, MediaUploaded, Purpose
from course_service.copies.models import AssetStatus
from course_service.copies.queries import keep_asset, keep_person
from servicekit.privacy import without_erased

MediaNews = MediaUploaded | MediaProcessed | MediaFailed | MediaDeleted


async def copy_asset(session: AsyncSession, news: MediaNews) -> None:
    """Keep what lessons need to know of their files; of others only that they are no lesson's.

    A lesson may have named the file before this was heard, or may name it afterwards.
    """
    if not await without_erased(session, [news]):
        return
    status, facts = _state_of(news)
    if news.purpose is not Purpose.LESSON:
        facts = {}
    facts |= {"owner_id": news.owner_id, "purpose": news.purpose}
    await keep_asset(session, news.asset_id, status=status, **facts)


async def copy_person(session: AsyncSession, news: UserRegistered | UserProfileUpdated) -> None:
    """Keep the name that a certificate will carry."""
    if not await without_erased(session, [news]):
        return
    await keep_person(session, news.user_id, full_name=news.person.full_name, version=news.version)


def _state_of(news: MediaNews) -> tuple[AssetStatus, dict[str, Any]]:
    match news:
        case MediaUploaded():
            return AssetStatus.UPLOADED, {"kind": news.kind, "filename": news.filename}
        case MediaProcessed():
            fields = {"kind", "key", "filename", "hls", "duration_secs", "page_count"}
            return AssetStatus.PROCESSED, news.model_dump(mode="json", include=fields)
        case MediaFailed():
            return AssetStatus.FAILED, {"reason": news.reason}
        case MediaDeleted():
            return AssetStatus.DELETED, {"key": None, "hls": []}
