"""Assets with addresses to read them."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request

from content_service.media.errors import AssetNotFound, AssetNotReady
from content_service.media.models import Asset, AssetStatus
from content_service.media.schemas import AssetOut, SignedUrlOut, VariantOut
from servicekit.clock import now
from servicekit.storage import Storage
from servicekit.web.app import ObjectStorage


class Addresses:
    """Signs what an asset's owner may read. Nothing here touches the network."""

    def __init__(self, storage: Storage, *, expires_in_secs: int) -> None:
        self._storage, self._secs = storage, expires_in_secs

    def asset_out(self, asset: Asset) -> AssetOut:
        """The asset with addresses of everything that is ready."""
        ready = asset.status is AssetStatus.READY
        return AssetOut.model_validate(
            {
                **{name: getattr(asset, name) for name in AssetOut.model_fields.keys() - _DERIVED},
                "url": self._url(asset.key) if ready else None,
                "variants": [
                    VariantOut(**one | {"url": self._url(one["key"])}) for one in _variants(asset)
                ],
            }
        )

    def url_of(self, asset: Asset, *, variant: str | None = None) -> SignedUrlOut:
        """The address of an asset or of one variant. Raises AssetNotReady, AssetNotFound."""
        if asset.status is not AssetStatus.READY:
            raise AssetNotReady(asset_status=asset.status)
        if variant is None:
            return self.signed(asset.key)
        for one in _variants(asset):
            if one["name"] == variant:
                return self.signed(one["key"])
        raise AssetNotFound(f"It has no variant {variant}.")

    def signed(self, key: str, *, filename: str | None = None) -> SignedUrlOut:
        """The address of an object and when it ends."""
        url = self._storage.sign_download(key, expires_in_secs=self._secs, filename=filename)
        lasting = key.startswith("public/")
        return SignedUrlOut(
            url=url, expires_at=None if lasting else now() + timedelta(seconds=self._secs)
        )

    def _url(self, key: str) -> str:
        return self._storage.sign_download(key, expires_in_secs=self._secs)


_DERIVED = {"url", "variants"}


def _variants(asset: Asset) -> list[dict[str, Any]]:
    return [dict(one) for one in asset.renditions]


async def _addresses(request: Request, storage: ObjectStorage) -> Addresses:
    return Addresses(storage, expires_in_secs=request.app.state.settings.download_secs)


Signing = Annotated[Addresses, Depends(_addresses)]
