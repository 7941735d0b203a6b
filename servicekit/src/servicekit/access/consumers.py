"""The door through which lost rights reach a service; all with an API subscribe these."""

from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import LostRight, UserSessionsRevoked
from servicekit.access.revocations import TOPIC, revoke
from servicekit.messaging import Subscription, live, on


async def revoke_tokens(session: AsyncSession, lost: LostRight) -> None:
    """Refuse tokens made before the right was lost; a right gained changes nothing here."""
    if lost.not_before is None:
        return
    sid = lost.sid if isinstance(lost, UserSessionsRevoked) else None
    await revoke(session, user_id=lost.user_id, sid=sid, not_before=lost.not_before)
    live(session, TOPIC, {"user_id": str(lost.user_id)})


ACCESS_SUBSCRIPTIONS: tuple[Subscription, ...] = tuple(
    on(lost, revoke_tokens) for lost in get_args(LostRight)
)
