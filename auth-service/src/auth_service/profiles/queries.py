"""SQL for looking people up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User, Visibility
from auth_service.accounts.queries import containing
from auth_service.social.queries import unblocked


async def search_people(
    session: AsyncSession,
    *,
    words: dict[str, str | None],
    viewer: UUID,
    after: UUID | None,
    limit: int,
) -> Sequence[User]:
    """People whose name, username or public specialty holds `q`, newest first.

    Nobody who is suspended, or kept from the viewer by a block.
    """
    q, specialty = words["q"], words["specialty"]
    specialty_is_public = (
        func.coalesce(User.privacy["specialty"].astext, Visibility.PUBLIC.value)
        == Visibility.PUBLIC.value
    )
    shown = (User.status == AccountStatus.ACTIVE, unblocked(viewer, User.id))
    found = select(User).where(*shown).order_by(User.id.desc()).limit(limit)
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
