"""What this service hears of assets."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.media import service
from auth_service.media.models import AssetStatus
from contracts.media import MediaDeleted, MediaFailed, MediaProcessed, MediaUploaded, Purpose
from servicekit.privacy import without_erased

OURS = frozenset({Purpose.AVATAR, Purpose.BANNER, Purpose.LICENSE})

MediaNews = MediaUploaded | MediaProcessed | MediaFailed | MediaDeleted


async def copy_asset(session: AsyncSession, news: MediaNews) -> None:
    """Keep pictures of people and documents; everything else belongs to other services."""
    if news.purpose not in OURS or not await without_erased(session, [news]):
        return
    values = {
        "id": news.asset_id,
        "owner_id": news.owner_id,
        "purpose": news.purpose,
        "status": AssetStatus.UPLOADED,
        "key": None,
        "content_type": None,
        "renditions": {},
        "failure": None,
    }
    if isinstance(news, MediaProcessed):
        values |= {
            "status": AssetStatus.READY,
            "key": news.key,
            "content_type": news.content_type,
            "renditions": {one.name: one.key for one in news.renditions},
        }
    if isinstance(news, MediaFailed):
        values |= {"status": AssetStatus.FAILED, "failure": news.reason}
    if isinstance(news, MediaDeleted):
        values |= {"status": AssetStatus.DELETED}
    await service.learn_of_asset(session, values)
