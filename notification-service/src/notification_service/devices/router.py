"""The routes of devices, below `/notifications`."""

from uuid import UUID

from fastapi import APIRouter, Response

from notification_service.devices import queries
from notification_service.devices.models import Device
from notification_service.devices.schemas import DeviceIn, DeviceOut, DevicePage
from servicekit.access import Caller
from servicekit.web.app import Tx

router = APIRouter(prefix="/notifications", tags=["devices"])


@router.post("/register-device", response_model=DeviceOut)
async def register_device(body: DeviceIn, caller: Caller, tx: Tx) -> Device:
    """Take pushes on this device. Repeating it renews it; a token moves with its phone's user."""
    return await queries.upsert_device(
        tx, user_id=caller.user_id, token=body.token, device_type=body.device_type
    )


@router.get("/devices")
async def list_devices(caller: Caller, tx: Tx) -> DevicePage:
    """The caller's devices, seen last first."""
    devices = await queries.list_devices(tx, user_id=caller.user_id)
    items = [DeviceOut.model_validate(device) for device in devices]
    return DevicePage(items=items, next_cursor=None)


@router.delete("/devices/{device_id}", status_code=204)
async def delete_device(device_id: UUID, caller: Caller, tx: Tx) -> Response:
    """Send nothing to this device any more."""
    await queries.delete_device(tx, user_id=caller.user_id, device_id=device_id)
    return Response(status_code=204)
