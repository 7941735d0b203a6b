"""Erasing a person: here at once, everywhere else by event, and nobody is let off the answer."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import lock_user
from auth_service.admin.errors import OwnErasure
from auth_service.admin.queries import hold_admins
from auth_service.admin.service import refuse_last_admin
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.fresh_proof import prove_freshly
from auth_service.privacy.events import deletion_of
from auth_service.privacy.models import Erasure
from auth_service.privacy.queries import (
    add_answer,
    find_erasure,
    hold_whole_person,
    list_answers,
    lock_erasure,
)
from auth_service.privacy.register import REGISTER
from contracts.privacy import ErasureCompleted
from servicekit.access import Principal
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import live, publish
from servicekit.privacy import erase

PATIENCE = timedelta(minutes=10)
ANSWERING = (
    "auth-service",
    "content-service",
    "course-service",
    "webinar-service",
    "payment-service",
    "notification-service",
    "media-worker",
)
"""Every service: each answers, whether it held something or not."""

log = logging.getLogger(__name__)


async def erase_myself(
    sessions: Sessions,
    keeper: Doorkeeper,
    *,
    current_password: str | None,
    by: Principal,
    device: Device,
) -> None:
    """Erase the caller, who signed in lately or knows the password. Repeating it changes nothing.

    Raises FreshProofNeeded, CurrentPasswordWrong, AccountLocked, LastAdmin.
    """
    async with sessions.begin() as session:
        user = await session.get(User, by.user_id)
        if user is None:
            # Somebody who held a token is no more: the same wish came first.
            return
    await prove_freshly(sessions, keeper, current_password=current_password, by=by, device=device)

    async with sessions.begin() as session:
        await erase_account(session, user_id=by.user_id, deleted_by=None)


async def erase_somebody(session: AsyncSession, *, user_id: UUID, by: Principal) -> None:
    """Erase somebody else. Repeating it changes nothing.

    Raises UserNotFound, OwnErasure, LastAdmin.
    """
    if user_id == by.user_id:
        raise OwnErasure
    await erase_account(session, user_id=user_id, deleted_by=by.user_id)


async def erase_account(session: AsyncSession, *, user_id: UUID, deleted_by: UUID | None) -> None:
    """End the account and its sessions, free its addresses, tell every service.

    Raises UserNotFound, LastAdmin.
    """
    await hold_admins(session)
    if await find_erasure(session, user_id) is not None:
        return
    await hold_whole_person(session, user_id)
    user = await lock_user(session, user_id)
    await refuse_last_admin(session, user)

    erasure = Erasure(user_id=user.id, version=user.next_version(), deleted_by=deleted_by)
    session.add(erasure)
    await session.flush()
    deleted = deletion_of(erasure)
    await revoke(session, user_id=user_id, sid=None, not_before=erasure.requested_at)
    live(session, TOPIC, {"user_id": str(user_id)})
    publish(session, deleted)
    counts = await erase(session, REGISTER, deleted) or {}
    publish(
        session,
        ErasureCompleted(version=1, erasure_id=erasure.id, service="auth-service", counts=counts),
    )


async def record_answer(session: AsyncSession, answer: ErasureCompleted) -> None:
    """A service has let go; the erasure is complete with the last answer."""
    erasure = await lock_erasure(session, answer.erasure_id)
    if erasure is None:
        return
    await add_answer(session, answer)
    if erasure.completed_at is None and await list_answers(session, erasure.id) >= set(ANSWERING):
        erasure.completed_at = now()
        log.info("a person was erased everywhere", extra={"erasure_id": str(erasure.id)})


async def press_for_answers(session: AsyncSession, erasure: Erasure) -> None:
    """Tell once more whoever has not answered."""
    silent = set(ANSWERING) - await list_answers(session, erasure.id)
    erasure.ask_again(now())
    publish(session, deletion_of(erasure))
    log.error(
        "an erasure waits for answers",
        extra={"erasure_id": str(erasure.id), "silent": ",".join(sorted(silent))},
    )
