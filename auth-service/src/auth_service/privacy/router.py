"""Leaving for good: the doors."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from auth_service.dependencies import CallingDevice, Keeper
from auth_service.objects import storage_of
from auth_service.privacy import exports, service
from auth_service.privacy.schemas import ExportOut, ExportStatus
from auth_service.schemas import FreshProofIn
from servicekit.access import Admin, Caller
from servicekit.clock import now
from servicekit.web.app import Tx, TxFactory
from servicekit.web.limits import RequestLimiter

router = APIRouter(tags=["privacy"])

URL_SECS = 300
FILENAME = "docfliq.zip"


@router.delete("/users/me", status_code=status.HTTP_204_NO_CONTENT)
async def erase_myself(
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    limiter: RequestLimiter,
    device: CallingDevice,
    body: FreshProofIn | None = None,
) -> None:
    """End the caller's account for good. Every service lets go of what it holds of them.

    Needs a sign-in of the last 15 minutes or, without a second factor, `current_password`.
    Sessions end everywhere, and the e-mail address is free again. Receipts stay without a name.
    """
    await limiter.hit("erase-myself", str(caller.user_id), "10/15minutes")
    password = body.current_password if body else None
    await service.erase_myself(
        sessions, keeper, current_password=password, by=caller, device=device
    )


@router.get("/users/me/export", responses={202: {"model": ExportOut}})
async def request_export(
    caller: Caller, tx: Tx, limiter: RequestLimiter, response: Response
) -> ExportOut:
    """One archive of what every service holds of the caller.

    202 while it is being made; a notification says when it is there, 200 then holds its address.
    It can be fetched for a day; the next one can be made after that.
    """
    await limiter.hit("export", str(caller.user_id), "60/hour")
    export = await exports.request_export(tx, by=caller)
    is_ready = export.is_ready(now())
    if not is_ready:
        response.status_code = status.HTTP_202_ACCEPTED
    url = storage_of(tx).sign_download(export.key, expires_in_secs=URL_SECS, filename=FILENAME)
    return ExportOut(
        id=export.id,
        status=ExportStatus.READY if is_ready else ExportStatus.PENDING,
        requested_at=export.requested_at,
        deadline=export.deadline,
        ready_at=export.ready_at,
        expires_at=export.expires_at,
        missing_services=export.missing,
        download_url=url if is_ready else None,
    )


@router.delete("/users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def erase_somebody(user_id: UUID, caller: Admin, tx: Tx) -> None:
    """End somebody else's account for good, as they could themselves."""
    await service.erase_somebody(tx, user_id=user_id, by=caller)
