"""A person as somebody sees them: rows in, fields out."""

from typing import Any

from auth_service.accounts.models import User, Visibility
from auth_service.media.pictures import addresses_of, waits_for
from auth_service.profiles.schemas import Capability, PictureStatus, PrivateField
from contracts.access import Role
from servicekit.storage import Storage

ALWAYS = ("id", "full_name", "username", "role", "verified", "profile_complete")
NOTHING_DONE = {"following": False, "blocked": False, "muted": False}
"""What a viewer has done about a person, where nothing was done."""

OWN = ("medical_license_number", "missing_required_fields")
ACCOUNT = (
    "email",
    "email_verified",
    "phone_number",
    "roles",
    "verification_status",
    "created_at",
)


def view_of(user: User, *, storage: Storage, followed: bool) -> dict[str, Any]:
    """What somebody else sees, who follows the person or does not."""
    seen = {Visibility.PUBLIC, *([Visibility.FOLLOWERS] if followed else [])}
    fields: dict[str, Any] = {name: getattr(user, name) for name in ALWAYS}
    for name in PrivateField:
        value = getattr(user, name)
        nothing: Any = [] if isinstance(value, list) else None
        fields[name] = value if user.visibility_of(name) in seen else nothing
    return fields | _pictures(user, storage) | NOTHING_DONE | {"following": followed}


def own_view_of(user: User, *, storage: Storage) -> dict[str, Any]:
    """What the person sees of themselves."""
    names = (*ALWAYS, *PrivateField, *OWN, *ACCOUNT)
    return {
        **{str(name): getattr(user, name) for name in names},
        **_pictures(user, storage),
        **NOTHING_DONE,
        "privacy": {name: user.visibility_of(name) for name in PrivateField},
        "capabilities": capabilities_of(user),
    }


def capabilities_of(user: User) -> list[Capability]:
    """What the person's role and licence allow."""
    allowed = {
        Capability.CREATE_POST: True,
        Capability.READ_VERIFIED_CONTENT: user.verified,
        Capability.CREATE_COURSE: user.role.rank >= Role.INSTRUCTOR.rank,
        Capability.HOST_WEBINAR: user.role.rank >= Role.INSTRUCTOR.rank,
        Capability.MODERATE: user.role.rank >= Role.MODERATOR.rank,
        Capability.ADMINISTER: user.role is Role.ADMIN,
    }
    return [capability for capability, holds in allowed.items() if holds]


def _pictures(user: User, storage: Storage) -> dict[str, Any]:
    return {slot: _picture(user, slot, storage) for slot in ("avatar", "banner")}


def _picture(user: User, slot: str, storage: Storage) -> dict[str, Any] | None:
    waiting, shown = waits_for(user, slot), getattr(user, slot)
    if waiting is None and shown is None:
        return None
    variants = addresses_of(user, slot, storage)
    best = ("avatar", "thumbnail", "full") if slot == "avatar" else ("card", "full")
    return {
        "asset_id": waiting or shown["asset_id"],
        "status": PictureStatus.PROCESSING if waiting else PictureStatus.READY,
        "url": next((variants[name] for name in best if name in variants), None),
        "variants": variants,
    }
