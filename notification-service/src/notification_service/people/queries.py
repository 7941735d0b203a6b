"""People by id, and whom to ask for a review."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from notification_service.people.models import Person


async def upsert_person(
    session: AsyncSession, *, user_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Take over `fields` unless something newer of this person is known already."""
    row = insert(Person).values(
        **{"user_id": user_id, "version": version, "role": Role.STUDENT, "locale": "en"} | fields
    )
    newer = row.on_conflict_do_update(
        index_elements=[Person.user_id],
        set_={name: row.excluded[name] for name in ("version", *fields)},
        where=Person.version < row.excluded.version,
    )
    await session.execute(newer)


async def find_person(session: AsyncSession, user_id: UUID) -> Person | None:
    """The person, or None if auth-service has not spoken of them yet."""
    return await session.get(Person, user_id)


async def list_moderators(session: AsyncSession) -> Sequence[UUID]:
    """Everyone who may review."""
    found = select(Person.user_id).where(Person.role.in_([Role.MODERATOR, Role.ADMIN]))
    return (await session.scalars(found)).all()
