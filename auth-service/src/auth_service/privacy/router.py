"""Leaving for good: the doors."""

from uuid import UUID

from fastapi import APIRouter, status

from auth_service.dependencies import Keeper
from auth_service.privacy import service
from auth_service.privacy.schemas import ErasureIn
from servicekit.access import Admin, Caller
from servicekit.web.app import Tx, TxFactory
from servicekit.web.limits import RequestLimiter

router = APIRouter(tags=["privacy"])


@router.delete("/users/me", status_code=status.HTTP_204_NO_CONTENT)
async def erase_myself(
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    limiter: RequestLimiter,
    body: ErasureIn | None = None,
) -> None:
    """End the caller's account for good. Every service lets go of what it holds of them.

    Needs a sign-in of the last 15 minutes or, without a second factor, `current_password`.
    Sessions end everywhere, and the e-mail address is free again. Receipts stay without a name.
    """
    await limiter.hit("erase-myself", str(caller.user_id), "10/15minutes")
    password = body.current_password if body else None
    await service.erase_myself(sessions, keeper, current_password=password, by=caller)


@router.delete("/users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def erase_somebody(user_id: UUID, caller: Admin, tx: Tx) -> None:
    """End somebody else's account for good, as they could themselves."""
    await service.erase_somebody(tx, user_id=user_id, by=caller)
