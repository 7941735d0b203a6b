"""What routers of payment-service ask for besides the kit's own dependencies."""

from typing import Annotated

from fastapi import Depends, Request

from payment_service.settings import Settings
from payment_service.till import Till


async def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


async def _till(request: Request) -> Till:
    found: Till = request.app.state.till
    return found


OwnSettings = Annotated[Settings, Depends(_settings)]
OpenTill = Annotated[Till, Depends(_till)]
