"""What routes take from the application, as named types."""

from typing import Annotated

from fastapi import Depends, Header, Request

from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.fresh_proof import prove_freshly
from auth_service.keys.service import KeyRing
from auth_service.schemas import FreshProofIn
from servicekit.access import Caller
from servicekit.web.app import TxFactory
from servicekit.web.limits import RequestLimiter, address_of


async def _keys(request: Request) -> KeyRing:
    found: KeyRing = request.app.state.keys
    return found


async def _doorkeeper(request: Request) -> Doorkeeper:
    found: Doorkeeper = request.app.state.doorkeeper
    return found


async def _device(
    request: Request,
    x_device_name: Annotated[
        str | None, Header(description="what people call it; the same when refreshing")
    ] = None,
) -> Device:
    agent = x_device_name or request.headers.get("user-agent", "")
    name = "".join(letter for letter in agent if letter.isprintable())
    return Device(name=name[:200] or None, address=address_of(request)[:100])


Keys = Annotated[KeyRing, Depends(_keys)]
Keeper = Annotated[Doorkeeper, Depends(_doorkeeper)]
CallingDevice = Annotated[Device, Depends(_device)]


async def show_who_you_are(
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    device: CallingDevice,
    limiter: RequestLimiter,
    body: FreshProofIn | None = None,
) -> None:
    """For routes that give the account another way in: a stolen token is not enough for them."""
    password = body.current_password if body else None
    if password is not None:
        await limiter.hit("fresh-proof", str(caller.user_id), "10/15minutes")
    await prove_freshly(sessions, keeper, current_password=password, by=caller, device=device)
