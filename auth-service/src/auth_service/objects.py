"""Addresses of stored objects, where only a database session is at hand."""

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.storage import Storage, new_storage


def storage_of(session: AsyncSession) -> Storage:
    """The storage of this session's process; signing an address needs no network."""
    known: Storage | None = session.info.get("storage")
    if known is None:
        known = session.info["storage"] = new_storage(session.info["settings"])
    return known
