"""Pictures on profiles: chosen, waited for, shown."""

from collections.abc import Mapping
from uuid import UUID

from auth_service.accounts.models import User
from auth_service.media.models import Asset
from contracts.media import Purpose
from servicekit.storage import Storage

SLOTS: Mapping[Purpose, str] = {Purpose.AVATAR: "avatar", Purpose.BANNER: "banner"}
ADDRESS_SECS = 3600


def waits_for(user: User, slot: str) -> UUID | None:
    """The asset that is to become the picture of this slot once it is ready."""
    waiting: UUID | None = getattr(user, f"waiting_{slot}_id")
    return waiting


def shows(user: User, slot: str) -> UUID | None:
    """The asset that is the picture of this slot."""
    picture = getattr(user, slot)
    return UUID(picture["asset_id"]) if picture else None


def wait_for(user: User, slot: str, asset_id: UUID | None) -> None:
    """The person has chosen this asset, which is not ready; None ends the waiting."""
    setattr(user, f"waiting_{slot}_id", asset_id)


def show(user: User, slot: str, asset: Asset | None) -> None:
    """The ready asset is the picture from now on; None takes it away."""
    picture = None
    if asset is not None:
        picture = {"asset_id": str(asset.id), "variants": asset.renditions or {"full": asset.key}}
    setattr(user, slot, picture)
    wait_for(user, slot, None)


def addresses_of(user: User, slot: str, storage: Storage) -> dict[str, str]:
    """The addresses of a picture's variants by name."""
    variants: dict[str, str] = (getattr(user, slot) or {}).get("variants", {})
    return {
        name: storage.sign_download(key, expires_in_secs=ADDRESS_SECS)
        for name, key in variants.items()
    }
