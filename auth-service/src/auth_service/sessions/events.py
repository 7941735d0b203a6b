"""Sessions as events."""

from typing import Literal
from uuid import UUID

from auth_service.doorkeeper import Device
from auth_service.sessions.models import AuthSession, Proof
from contracts.auth import SessionRefused, SessionStarted


def start_of(
    session_row: AuthSession, method: Literal["PASSWORD", "REGISTRATION"], proof: Proof
) -> SessionStarted:
    """`session.started`."""
    return SessionStarted(
        version=1,
        session_id=session_row.id,
        user_id=session_row.user_id,
        method=method,
        device=session_row.device,
        address=session_row.address,
        way=proof.way.value,
        second_factor=proof.second_factor,
    )


def refusal_of(
    user_id: UUID, *, locked: bool, device: Device, sid: UUID | None = None
) -> SessionRefused:
    """`session.refused`, for an account that exists; `sid`: it was asked for in that session."""
    return SessionRefused(
        version=1,
        user_id=user_id,
        cause="LOCKED" if locked else "WRONG_PASSWORD",
        address=device.address,
        device=device.name,
        sid=sid,
    )


def suspension_of(user_id: UUID, device: Device) -> SessionRefused:
    """`session.refused`: the person knew the password, and is suspended."""
    return SessionRefused(
        version=1,
        user_id=user_id,
        cause="SUSPENDED",
        address=device.address,
        device=device.name,
    )


def reuse_of(session_row: AuthSession, device: Device) -> SessionRefused:
    """`session.refused`: a refresh token came twice or from elsewhere, so somebody stole it."""
    return SessionRefused(
        version=1,
        user_id=session_row.user_id,
        cause="REFRESH_REUSED",
        address=device.address,
        device=device.name,
    )
