"""What media-worker says of our assets."""

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.media.events import removal_of
from content_service.media.models import Asset, keys_of
from content_service.media.queries import find_asset_for_update
from contracts.media import MediaFailed, MediaProcessed, MediaProgressed
from servicekit.messaging import publish

JobNews = MediaProgressed | MediaProcessed | MediaFailed


async def follow_job(session: AsyncSession, news: JobNews) -> None:
    """Keep how far the work on an asset is; older news changes nothing."""
    asset = await find_asset_for_update(session, news.asset_id)
    if asset is None or news.version <= asset.job_version:
        return
    asset.job_version = news.version
    if asset.deleted_at is not None:
        _clean_up(session, asset, news)
        return
    match news:
        case MediaProgressed():
            asset.advance(news.percent)
        case MediaProcessed():
            asset.finish(news)
        case MediaFailed():
            asset.fail(news.reason)


def _clean_up(session: AsyncSession, asset: Asset, news: JobNews) -> None:
    # Deleted while the worker was at it: what it stored since belongs to nobody.
    if isinstance(news, MediaProcessed):
        asset.version += 1
        left = keys_of(news.key, news.renditions, news.hls)
        publish(session, removal_of(asset, left))
