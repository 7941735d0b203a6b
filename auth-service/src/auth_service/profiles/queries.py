"""SQL for looking people up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User, Visibility
from auth_service.accounts.queries import containing


async def search_people(
    session: AsyncSession, *, q: str | None, specialty: str | None, after: UUID | None, limit: int
) -> Sequence[User]:
    """People whose name, username or public specialty holds `q`, newest first."""
    specialty_is_public = (
        func.coalesce(User.privacy["specialty"].astext, Visibility.PUBLIC.value)
        == Visibility.PUBLIC.value
    )
    found = select(User).order_by(User.id.desc()).limit(limit)
    if q:
        found = found.where(
            or_(
                User.full_name.ilike(containing(q), escape="\\"),
                User.username.startswith(q.lower(), autoescape=True),
                User.specialty.ilike(containing(q), escape="\\") & specialty_is_public,
            )
        )
    if specialty:
        same = func.lower(User.specialty) == func.lower(specialty)
        found = found.where(same, specialty_is_public)
    if after is not None:
        found = found.where(User.id < after)
    return (await session.scalars(found)).all()
