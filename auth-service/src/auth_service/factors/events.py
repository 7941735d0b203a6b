"""Codes and factors as events."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import SecretStr

from auth_service.accounts.models import User
from auth_service.doorkeeper import Device
from auth_service.factors.models import OtpChannel
from contracts.auth import MfaChanged, OtpRequested, SessionRefused
from contracts.event import Account
from servicekit.sealing import seal

Factor = Literal["TOTP", "PASSKEY", "EMAIL", "SMS", "OIDC"]


def wish_of(
    channel: OtpChannel,
    *,
    destination: Account,
    code: str,
    expires_at: datetime,
    sealing_keys: SecretStr,
) -> OtpRequested:
    """The wish to send a code, which only the sender can read."""
    return OtpRequested(
        version=1,
        channel="SMS" if channel is OtpChannel.SMS else "EMAIL",
        sealed=seal(sealing_keys, {"link": None, "code": code}),
        expires_at=expires_at,
        person=destination,
    )


def mfa_change_of(
    user: User,
    change: Literal["ENABLED", "DISABLED", "BACKUP_CODE_USED"],
    factor: Factor = "TOTP",
    *,
    device: Device,
) -> MfaChanged:
    """`mfa.changed`, about a person whose row is locked."""
    return MfaChanged(
        version=user.next_version(),
        user_id=user.id,
        factor=factor,
        change=change,
        device=device.name,
        address=device.address,
    )


def wrong_factor_of(
    user_id: UUID, *, locked: bool, device: Device, factor: Factor = "TOTP"
) -> SessionRefused:
    """`session.refused`: something else than the password was wrong."""
    return SessionRefused(
        version=1,
        user_id=user_id,
        cause="LOCKED" if locked else "WRONG_PASSWORD",
        address=device.address,
        device=device.name,
        factor=factor,
    )
