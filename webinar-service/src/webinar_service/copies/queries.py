"""Writing and reading the copies, older news never over newer."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from webinar_service.copies.models import Person, WebinarEntitlement


async def keep_person(session: AsyncSession, **facts: Any) -> None:
    """Write a person's public face, unless a later one is known already."""
    row = insert(Person).values(**facts)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["user_id"],
            set_={name: row.excluded[name] for name in facts},
            where=Person.version < row.excluded.version,
        )
    )


async def find_people(session: AsyncSession, user_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Those of the people whose news has arrived."""
    found = await session.scalars(select(Person).where(Person.user_id.in_(set(user_ids))))
    return {person.user_id: person for person in found}


async def keep_entitlement(session: AsyncSession, **facts: Any) -> bool:
    """Write down whether somebody has paid. Returns False for news older than what is known."""
    row = insert(WebinarEntitlement).values(**facts)
    kept = row.on_conflict_do_update(
        index_elements=["user_id", "webinar_id"],
        set_={name: row.excluded[name] for name in facts},
        where=WebinarEntitlement.version < row.excluded.version,
    )
    return await session.scalar(kept.returning(WebinarEntitlement.version)) is not None


async def find_entitlement(
    session: AsyncSession, *, user_id: UUID, webinar_id: UUID
) -> WebinarEntitlement | None:
    """What is known of the person's entitlement to the webinar, until this transaction ends."""
    lasting = {"read": True}
    return await session.get(WebinarEntitlement, (user_id, webinar_id), with_for_update=lasting)
