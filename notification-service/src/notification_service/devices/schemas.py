"""Devices as clients see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from notification_service.devices.models import DeviceType
from servicekit.fields import In, Out
from servicekit.pagination import Page

Token = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]


class DeviceIn(In):
    """An FCM registration token."""

    token: Token
    device_type: DeviceType


class DeviceOut(Out):
    """A device; its token is not shown."""

    id: UUID
    device_type: DeviceType
    created_at: datetime
    last_seen_at: datetime


class DevicePage(Page[DeviceOut]):
    """A person's devices."""
