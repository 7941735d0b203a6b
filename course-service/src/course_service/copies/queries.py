"""Writing the copies, older news never over newer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.copies.models import Asset, AssetStatus, Person


async def keep_asset(
    session: AsyncSession, asset_id: UUID, *, status: AssetStatus, **facts: Any
) -> None:
    """Write what is known of an asset, unless something later is known already.

    `media.uploaded` and `media.processed` are about two aggregates and come in either order.
    """
    row = {"status": status, "rank": status.rank, **facts}
    added = insert(Asset).values(asset_id=asset_id, **{"hls": [], **row})
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[Asset.asset_id], set_=row, where=Asset.rank < added.excluded.rank
        )
    )


async def keep_person(
    session: AsyncSession, user_id: UUID, *, full_name: str | None, version: int
) -> None:
    """Write a person's name, unless a later one is known already."""
    added = insert(Person).values(user_id=user_id, full_name=full_name, version=version)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[Person.user_id],
            set_={"full_name": added.excluded.full_name, "version": added.excluded.version},
            where=Person.version < added.excluded.version,
        )
    )


async def find_asset(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset, if its news has arrived."""
    return await session.get(Asset, asset_id)


async def list_assets(session: AsyncSession, asset_ids: Sequence[UUID]) -> Sequence[Asset]:
    """The assets whose news has arrived."""
    return (await session.scalars(select(Asset).where(Asset.asset_id.in_(asset_ids)))).all()


async def find_name(session: AsyncSession, user_id: UUID) -> str | None:
    """The name that a person goes by, if they have told one."""
    person = await session.get(Person, user_id)
    return (person.full_name or None) if person else None
