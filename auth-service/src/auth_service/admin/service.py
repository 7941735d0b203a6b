"""What admins do with accounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import list_users, lock_user
from auth_service.admin.errors import OwnRole
from contracts.access import Role, UserRoleChanged
from servicekit.access import Principal
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.messaging import live, publish


async def search_users(
    session: AsyncSession, *, q: str | None, role: Role | None, after: UUID | None, limit: int
) -> Sequence[User]:
    """Accounts by address, name or role, newest first."""
    return await list_users(session, q=q, role=role, after=after, limit=limit)


async def change_role(session: AsyncSession, *, user_id: UUID, role: Role, by: Principal) -> User:
    """Give a person another role. Repeating it changes nothing. Raises UserNotFound, OwnRole."""
    if user_id == by.user_id:
        raise OwnRole
    return await give_role(session, user_id=user_id, role=role, changed_by=by.user_id)


async def give_role(
    session: AsyncSession, *, user_id: UUID, role: Role, changed_by: UUID | None
) -> User:
    """The change itself; a lower role ends what older tokens may. Raises UserNotFound."""
    user = await lock_user(session, user_id)
    if user.role is role:
        return user
    former, user.role = user.role, role
    not_before = now() if role.rank < former.rank else None
    if not_before is not None:
        await revoke(session, user_id=user.id, sid=None, not_before=not_before)
        live(session, TOPIC, {"user_id": str(user.id)})
    publish(
        session,
        UserRoleChanged(
            version=user.next_version(),
            user_id=user.id,
            from_role=former,
            to_role=role,
            not_before=not_before,
            changed_by=changed_by,
        ),
    )
    return user
