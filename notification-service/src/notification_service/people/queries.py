"""People by id, and whom to ask for a review."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from notification_service.people.models import Person

VERSION_OF = {
    "full_name": "version",
    "email": "contact_version",
    "phone_number": "contact_version",
    "role": "role_version",
}


async def upsert_person(
    session: AsyncSession, *, user_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Take over each of `fields` unless something newer of it is known already.

    A field without a version of its own is said once, at the registration.
    """
    versions = {VERSION_OF[name]: version for name in fields if name in VERSION_OF}
    row = insert(Person).values(user_id=user_id, **versions, **fields)
    known, told = Person.__table__.c, row.excluded
    taken: dict[str, Any] = {name: func.greatest(known[name], told[name]) for name in versions}
    for name in fields:
        counted = VERSION_OF.get(name)
        is_newer = true() if counted is None else known[counted] < told[counted]
        taken[name] = case((is_newer, told[name]), else_=known[name])
    await session.execute(row.on_conflict_do_update(index_elements=[Person.user_id], set_=taken))


async def find_person(session: AsyncSession, user_id: UUID) -> Person | None:
    """The person, or None if auth-service has not spoken of them yet."""
    return await session.get(Person, user_id)


async def list_moderators(session: AsyncSession) -> Sequence[UUID]:
    """Everyone who may review."""
    found = select(Person.user_id).where(Person.role.in_([Role.MODERATOR, Role.ADMIN]))
    return (await session.scalars(found)).all()
