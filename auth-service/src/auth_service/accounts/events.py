"""Rows of accounts as events."""

from typing import Any
from uuid import UUID

from pydantic import SecretStr

from auth_service.accounts.models import LetterPurpose, OneTimeToken, User, Visibility
from auth_service.doorkeeper import Device
from contracts.auth import (
    EmailVerificationRequested,
    PasswordChanged,
    PasswordResetRequested,
    SealedLetter,
    UserContactChanged,
    UserProfileUpdated,
    UserRegistered,
)
from contracts.event import Account, Person
from servicekit.sealing import seal
from servicekit.storage import Storage


def avatar_url_of(user: User, storage: Storage) -> str | None:
    """The stable address of the small round picture, if there is one."""
    variants = (user.avatar or {}).get("variants", {})
    key = variants.get("avatar") or variants.get("thumbnail")
    return storage.sign_download(key, expires_in_secs=3600) if key else None


def _public(user: User, field: str) -> str | None:
    if user.visibility_of(field) is not Visibility.PUBLIC:
        return None
    value: str | None = getattr(user, field)
    return value


def person_of(user: User, storage: Storage) -> Person:
    """What everybody may know of a person; fields that are not public are left out."""
    return Person(
        full_name=user.full_name,
        username=user.username,
        headline=_public(user, "headline"),
        specialty=_public(user, "specialty"),
        city=_public(user, "location_city"),
        avatar_url=avatar_url_of(user, storage),
    )


def account_of(user: User) -> Account:
    """Where a person can be reached, and by what name."""
    return Account(
        full_name=user.full_name,
        username=user.username,
        specialty=_public(user, "specialty"),
        email=user.email,
        phone_number=user.phone_number,
    )


def registration_of(user: User, *, registered_by: UUID | None = None) -> UserRegistered:
    """`user.registered`, the first event about anybody."""
    return UserRegistered(
        version=user.next_version(),
        user_id=user.id,
        role=user.role,
        verified=user.verified,
        profession=user.profession,
        specialty=_public(user, "specialty"),
        person=account_of(user),
        registered_by=registered_by,
    )


def profile_of(
    user: User, storage: Storage, *, changed_by: UUID | None = None
) -> UserProfileUpdated:
    """`user.profile_updated`, with everything that others may see."""
    return UserProfileUpdated(
        version=user.next_version(),
        user_id=user.id,
        specialty=_public(user, "specialty"),
        person=person_of(user, storage),
        changed_by=changed_by,
    )


def contact_of(user: User, *, changed_by: UUID | None = None) -> UserContactChanged:
    """`user.contact_changed`, with every way to reach the person."""
    return UserContactChanged(
        version=user.next_version(),
        user_id=user.id,
        email_verified=user.email_verified,
        person=account_of(user),
        changed_by=changed_by,
    )


def password_changed_by(user: User, *, reset: bool, device: Device) -> PasswordChanged:
    """`password.changed`."""
    return PasswordChanged(
        version=user.next_version(),
        user_id=user.id,
        cause="RESET" if reset else "CHANGED",
        device=device.name,
        address=device.address,
    )


def letter_of(
    token: OneTimeToken, user: User, *, sealing_keys: SecretStr, link: str, code: str | None
) -> SealedLetter:
    """The wish to mail `link` and `code`, which only the sender can read."""
    facts: dict[str, Any] = {
        "version": 1,
        "user_id": user.id,
        "channel": "EMAIL",
        "sealed": seal(sealing_keys, {"link": link, "code": code}),
        "expires_at": token.expires_at,
        "person": account_of(user),
    }
    if token.purpose is LetterPurpose.PASSWORD_RESET:
        return PasswordResetRequested(**facts)
    return EmailVerificationRequested(**facts)
