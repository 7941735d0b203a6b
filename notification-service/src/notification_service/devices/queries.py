"""A person's devices."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.devices.models import Device, DeviceType
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.problems import NotFound

MOST = 50


class DeviceNotFound(NotFound):
    """You have no such device."""

    title = "You have no such device"


async def upsert_device(
    session: AsyncSession, *, user_id: UUID, token: str, device_type: DeviceType
) -> Device:
    """Register a token; one registered before, by whomever, moves to this person."""
    row = insert(Device).values(
        id=uuid7(),
        user_id=user_id,
        token=token,
        device_type=device_type,
        created_at=now(),
        last_seen_at=now(),
    )
    moved = row.on_conflict_do_update(
        index_elements=[Device.token],
        set_={
            "user_id": user_id,
            "device_type": row.excluded.device_type,
            "last_seen_at": row.excluded.last_seen_at,
        },
    )
    return (await session.scalars(moved.returning(Device))).one()


async def list_devices(session: AsyncSession, *, user_id: UUID) -> Sequence[Device]:
    """The devices seen last, fifty at most."""
    mine = select(Device).where(Device.user_id == user_id, Device.token.is_not(None))
    return (await session.scalars(mine.order_by(Device.last_seen_at.desc()).limit(MOST))).all()


async def delete_device(session: AsyncSession, *, user_id: UUID, device_id: UUID) -> None:
    """Forget a device. Repeating it changes nothing. Raises DeviceNotFound."""
    mine = update(Device).where(Device.id == device_id, Device.user_id == user_id)
    gone = mine.values(token=None, removed_at=now()).returning(Device.id)
    if await session.scalar(gone) is None:
        raise DeviceNotFound


async def delete_tokens(session: AsyncSession, tokens: Sequence[str]) -> None:
    """Forget tokens that the provider calls dead."""
    dead = update(Device).where(Device.token.in_(tokens))
    await session.execute(dead.values(token=None, removed_at=now()))
