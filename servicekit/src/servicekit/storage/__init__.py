"""Objects: one Protocol, a provider chosen by a setting."""

from servicekit.settings import ServiceSettings
from servicekit.storage.local import LocalStorage
from servicekit.storage.protocol import ObjectNotFound, SignedUpload, Storage

__all__ = ["LocalStorage", "ObjectNotFound", "SignedUpload", "Storage", "new_storage"]


def new_storage(settings: ServiceSettings) -> Storage:
    """The storage that `DOCFLIQ_STORAGE_PROVIDER` names. Raises ValueError for an unknown name."""
    if settings.storage_provider != "local":
        raise ValueError(f"unknown storage provider: {settings.storage_provider}")
    return LocalStorage(
        root=settings.storage_root,
        public_url=settings.public_url,
        signing_key=settings.storage_signing_key.get_secret_value(),
    )
