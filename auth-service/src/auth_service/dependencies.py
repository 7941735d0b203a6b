"""What routes take from the application, as named types."""

from typing import Annotated

from fastapi import Depends, Header, Request

from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.keys.service import KeyRing
from servicekit.web.limits import address_of


async def _keys(request: Request) -> KeyRing:
    found: KeyRing = request.app.state.keys
    return found


async def _doorkeeper(request: Request) -> Doorkeeper:
    found: Doorkeeper = request.app.state.doorkeeper
    return found


async def _device(
    request: Request,
    x_device_name: Annotated[str | None, Header(description="what people call it")] = None,
) -> Device:
    agent = x_device_name or request.headers.get("user-agent", "")
    name = "".join(letter for letter in agent if letter.isprintable())
    return Device(name=name[:200] or None, address=address_of(request)[:100])


Keys = Annotated[KeyRing, Depends(_keys)]
Keeper = Annotated[Doorkeeper, Depends(_doorkeeper)]
CallingDevice = Annotated[Device, Depends(_device)]
