"""Assets as events."""

from content_service.media.models import Asset
from contracts.media import MediaDeleted, MediaUploaded


def upload_of(asset: Asset) -> MediaUploaded:
    """A checked upload waits for the worker."""
    return MediaUploaded(
        version=asset.version,
        asset_id=asset.id,
        owner_id=asset.owner_id,
        purpose=asset.purpose,
        kind=asset.kind,
        key=asset.key,
        content_type=asset.content_type,
        filename=asset.filename,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256 or "",
    )


def removal_of(asset: Asset, keys: list[str] | None = None) -> MediaDeleted:
    """Its objects are to go: all of them, or `keys`."""
    return MediaDeleted(
        version=asset.version,
        asset_id=asset.id,
        owner_id=asset.owner_id,
        purpose=asset.purpose,
        keys=asset.keys() if keys is None else keys,
    )
