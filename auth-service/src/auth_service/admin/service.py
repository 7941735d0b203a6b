"""What admins do with accounts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import EmailTaken
from auth_service.accounts.events import contact_of, registration_of
from auth_service.accounts.letters import send_letter
from auth_service.accounts.models import LetterPurpose, User
from auth_service.accounts.queries import close_open_tokens, email_key_of, lock_user
from auth_service.admin.errors import LastAdmin, OwnRole
from auth_service.admin.queries import hold_admins, is_other_admin_left, list_users
from auth_service.admin.schemas import SuspensionOut, UserFilter, UserIn
from auth_service.doorkeeper import Doorkeeper
from auth_service.profiles.service import change_profile, get_whole_profile
from contracts.access import Role, UserRoleChanged
from servicekit.access import Principal
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.messaging import live, publish

NO_PASSWORD = ""


async def search_users(
    session: AsyncSession, *, wanted: UserFilter, after: UUID | None, limit: int
) -> Sequence[User]:
    """Accounts by address, name, role or status, newest first."""
    return await list_users(session, wanted, after=after, limit=limit)


async def create_user(
    session: AsyncSession, keeper: Doorkeeper, *, wish: UserIn, by: Principal
) -> User:
    """An account for somebody else, who is mailed a link: to choose a password, or to verify.

    Raises EmailTaken, PasswordTooWeak.
    """
    hashed = NO_PASSWORD
    if wish.password is not None:
        await keeper.passwords.refuse_weak(wish.password, wish.email, wish.full_name)
        hashed = await keeper.passwords.hash(wish.password)
    said = wish.model_dump(exclude={"password"})
    user = User(**said, email_key=email_key_of(wish.email), password_hash=hashed)
    session.add(user)
    await _flush_address(session)

    publish(session, registration_of(user, registered_by=by.user_id))
    chosen = wish.password is not None
    purpose = LetterPurpose.EMAIL_VERIFICATION if chosen else LetterPurpose.PASSWORD_RESET
    await send_letter(session, keeper.settings, user, purpose)
    return user


async def get_user(session: AsyncSession, *, user_id: UUID) -> dict[str, Any]:
    """A person, whole. Raises UserNotFound."""
    user, profile = await get_whole_profile(session, user_id=user_id)
    return profile | SuspensionOut.model_validate(user).model_dump()


async def change_user(
    session: AsyncSession,
    keeper: Doorkeeper,
    *,
    user_id: UUID,
    sent: dict[str, Any],
    by: Principal,
) -> dict[str, Any]:
    """Change only what was sent. Raises UserNotFound, EmailTaken and what a profile raises."""
    if "email" in sent:
        user = await lock_user(session, user_id)
        await _change_address(session, keeper, user, email=sent.pop("email"), by=by)
    if sent:
        await change_profile(session, user_id=user_id, sent=sent, admin_id=by.user_id)
    return await get_user(session, user_id=user_id)


async def _change_address(
    session: AsyncSession, keeper: Doorkeeper, user: User, *, email: str, by: Principal
) -> None:
    if user.email == email:
        return
    user.email, user.email_key, user.email_verified_at = email, email_key_of(email), None
    await _flush_address(session)
    # What was mailed to the former address opens nothing any more.
    reset = LetterPurpose.PASSWORD_RESET
    await close_open_tokens(session, user_id=user.id, purpose=reset, at=now())
    publish(session, contact_of(user, changed_by=by.user_id))
    await send_letter(session, keeper.settings, user, LetterPurpose.EMAIL_VERIFICATION)


async def _flush_address(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as taken:
        raise EmailTaken from taken


async def change_role(session: AsyncSession, *, user_id: UUID, role: Role, by: Principal) -> User:
    """Give a person another role. Repeating it changes nothing.

    Raises UserNotFound, OwnRole, LastAdmin.
    """
    if user_id == by.user_id:
        raise OwnRole
    return await give_role(session, user_id=user_id, role=role, changed_by=by.user_id)


async def give_role(
    session: AsyncSession, *, user_id: UUID, role: Role, changed_by: UUID | None
) -> User:
    """The change itself; a lower role ends what older tokens may.

    Raises UserNotFound, LastAdmin.
    """
    await hold_admins(session)
    user = await lock_user(session, user_id)
    if user.role is role:
        return user
    await refuse_last_admin(session, user)
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


async def refuse_last_admin(session: AsyncSession, user: User) -> None:
    """The installation keeps somebody who can act. Admins are held. Raises LastAdmin."""
    if user.role is Role.ADMIN and not await is_other_admin_left(session, user.id):
        raise LastAdmin
